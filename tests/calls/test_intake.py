"""Whose call it is: the rep and team that a delivery names, within what the person who delivers may do."""

import pytest

from calls.delivery import DeliveryRefused
from calls.ingest import receive
from calls.intake import Assignment, assign
from calls.models import Call, User
from tests import factories
from tests.calls.test_ingest import delivery


@pytest.fixture
def robot(team) -> User:
    return factories.user("robot", role=User.Role.INTEGRATION, teams=[team])


def test_a_rep_delivers_own_calls(rep):
    assert assign("", rep) == Assignment(rep, "rita", rep.team)


def test_a_service_account_delivers_for_the_reps_of_its_team(robot, rep):
    assert assign("rita", robot) == Assignment(rep, "rita", rep.team)


def test_a_rep_who_is_no_user_stays_as_a_name(robot, team):
    assert assign("Someone New", robot) == Assignment(None, "Someone New", team)


def test_nobody_delivers_for_the_reps_of_another_team(robot, rep, stranger):
    for by in (robot, rep):
        with pytest.raises(DeliveryRefused) as refusal:
            assign("sam", by)
        assert "rep" in refusal.value.fields


def test_an_admin_delivers_for_everybody(admin, stranger):
    assert assign("sam", admin).team == stranger.team


def test_a_service_account_without_a_team_delivers_nothing(db):
    with pytest.raises(DeliveryRefused):
        assign("", factories.user(role=User.Role.INTEGRATION))


def test_whoever_delivers_a_call_may_see_it(rep, team):
    factories.user("colleague", team=team)
    call = receive(delivery(rep="colleague"), by=rep).call
    assert call in Call.objects.visible_to(rep)
