"""Calls that go when their team's days are over."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from calls import erasing, retention
from calls.models import Call, Erasure
from salesconv import queues
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(team) -> Call:
    return begun(100, team=team, customer=factories.customer())


def begun(days: int, **fields) -> Call:
    """A call of so many days ago."""
    return factories.call(started_at=timezone.now() - timedelta(days=days), **fields)


def keep(team, days) -> None:
    team.keep_calls_days = days
    team.save()


def nightfall() -> None:
    for erasure in retention.erase_what_is_over():
        erasing.carry_out(erasure.pk)


def test_calls_beyond_the_term_of_their_team_go_and_no_others(team, old, enqueued):
    younger, elsewhere, of_none = begun(80, team=team), begun(100, team=factories.team("South")), begun(100)
    keep(team, 90)
    nightfall()
    assert set(Call.objects.all()) == {younger, elsewhere, of_none}


def test_without_a_term_calls_are_kept(old, enqueued):
    nightfall()
    assert (list(Call.objects.all()), Erasure.objects.count()) == ([old], 0)


def test_a_row_tells_what_went_of_which_team(team, old, enqueued):
    keep(team, 90)
    nightfall()
    erasure = Erasure.objects.get()
    assert (erasure.why, erasure.state, erasure.team, erasure.counts["turns"]) == ("retention", "done", team, 4)


def test_the_customer_stays(team, old, enqueued):
    keep(team, 90)
    nightfall()
    assert type(old.customer).objects.filter(pk=old.customer_id).exists()


def test_a_term_that_is_taken_back_before_a_worker_comes_keeps_the_calls(team, old, enqueued):
    keep(team, 90)
    [erasure] = retention.erase_what_is_over()
    keep(team, None)
    erasing.carry_out(erasure.pk)
    assert Call.objects.filter(pk=old.pk).exists()


def test_two_nights_at_once_are_one_erasure(team, old, enqueued):
    keep(team, 90)
    assert retention.erase_what_is_over() == retention.erase_what_is_over()


def test_it_is_done_by_schedule():
    assert "calls.tasks.erase_old_calls" in {each["task"] for each in queues.beat_schedule.values()}


def test_no_team_keeps_calls_for_no_day(team):
    with pytest.raises(IntegrityError, match="calls_are_kept_a_day"):
        keep(team, 0)


def test_a_term_that_erases_is_set_once_it_was_said_how_many_calls_go(desk, team, old):
    address = reverse("admin:calls_team_change", args=[team.pk])
    page = desk.post(address, {"name": "North", "keep_calls_days": 90}).content.decode()
    team.refresh_from_db()
    assert "1 of this team&#x27;s calls began more than 90 days ago" in page
    assert team.keep_calls_days is None
    desk.post(address, {"name": "North", "keep_calls_days": 90, "erase_older": "on"})
    team.refresh_from_db()
    assert team.keep_calls_days == 90


def test_the_page_of_a_team_warns_of_what_goes_tonight_and_within_a_week(desk, team, old):
    begun(85, team=team)
    keep(team, 90)
    page = desk.get(reverse("admin:calls_team_change", args=[team.pk])).content.decode()
    assert "Calls that are erased in the coming night: 1; within a week: 2." in page


def test_the_term_is_part_of_the_history_of_the_team(desk, team):
    desk.post(reverse("admin:calls_team_change", args=[team.pk]), {"name": "North", "keep_calls_days": 400})
    page = desk.get(reverse("admin:calls_team_history", args=[team.pk])).content.decode()
    assert "keep calls for days: – → 400" in page
