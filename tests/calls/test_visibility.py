"""Who sees which call: own, team, the manager's teams, all, and calls shared by name."""

import pytest
from django.contrib.auth.models import AnonymousUser

from calls.models import Call, Customer, User
from tests import factories


@pytest.fixture
def call(rep) -> Call:
    return factories.call(rep=rep, team=rep.team, customer=factories.customer())


def sees(user, call: Call) -> bool:
    customer_too = Customer.objects.visible_to(user).filter(pk=call.customer_id).exists()
    visible = Call.objects.visible_to(user).filter(pk=call.pk).exists()
    assert visible == customer_too
    return visible


def test_a_rep_sees_the_own_call_and_no_stranger_does(call, rep, stranger):
    assert sees(rep, call)
    assert not sees(stranger, call)


def test_a_rep_does_not_see_the_calls_of_the_team(call, team):
    assert not sees(factories.user(role=User.Role.REP, team=team), call)


def test_a_manager_sees_the_calls_of_every_team_led_and_no_other(call, manager, stranger):
    other = factories.call(rep=stranger, team=stranger.team, customer=factories.customer())
    assert sees(manager, call)
    assert not sees(manager, other)
    manager.teams.add(stranger.team)
    assert sees(manager, other)


def test_a_service_account_sees_the_calls_of_its_teams(call, team):
    assert sees(factories.user(role=User.Role.INTEGRATION, teams=[team]), call)
    assert not sees(factories.user(role=User.Role.INTEGRATION), call)


@pytest.mark.parametrize("role", [User.Role.MANAGER, User.Role.INTEGRATION])
def test_the_own_team_counts_like_those_led(call, team, role):
    assert sees(factories.user(role=role, team=team), call)
    nobodys = factories.call(customer=factories.customer())
    assert not sees(factories.user(role=role), nobodys)


def test_an_admin_sees_everything(call, admin):
    assert sees(admin, call)


def test_a_shared_call_is_seen_by_the_person_it_is_shared_with(call, stranger):
    call.shared_with.add(stranger)
    assert sees(stranger, call)


def test_nobody_inactive_or_anonymous_sees_anything(call, rep):
    rep.is_active = False
    assert not Call.objects.visible_to(rep).exists()
    assert not Call.objects.visible_to(AnonymousUser()).exists()


def test_a_call_seen_for_two_reasons_is_listed_once(call, manager):
    call.shared_with.add(manager)
    assert Call.objects.visible_to(manager).count() == 1
