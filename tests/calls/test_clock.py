"""Moments that several machines compare go by the database's clock."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from calls import clock, commenting, notifying, retention
from calls.models import Call, Team, User
from tests import factories

FAST, SLOW = timedelta(days=400), -timedelta(days=400)


@pytest.fixture
def skewed(monkeypatch, db):
    right = timezone.now

    def skew(by: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: right() + by)

    return skew


def test_a_wrong_clock_does_not_date_what_is_written(skewed):
    before = clock.now()
    skewed(FAST)
    made = Call.objects.create(source="test", external_id="1", started_at=before)
    assert before <= made.created_at <= clock.now()


def test_a_slow_clock_makes_no_notice_too_old_to_be_mailed(skewed, rep, manager, settings):
    settings.MAIL_NOTICES = True
    User.objects.filter(pk=manager.pk).update(email="mona@example.com")
    call = factories.call(rep=rep, team=rep.team)
    skewed(SLOW)
    commenting.say(call.turns.get(index=1), "@mona look", by=rep, key=uuid4())
    assert notifying.due().get().person == manager


def test_a_fast_clock_makes_no_file_look_old(skewed):
    right = clock.now()
    skewed(FAST)
    assert clock.earlier() - right < timedelta(minutes=5)
    skewed(SLOW)
    assert clock.earlier() < right + SLOW / 2


def test_a_fast_clock_erases_no_call_before_its_term(skewed):
    team = Team.objects.create(name="North", keep_calls_days=365)
    factories.call(team=team, started_at=clock.now())
    skewed(FAST)
    assert "in the coming night: 0;" in retention.foretold(team)
    assert retention.erase_what_is_over() == []
    assert Call.objects.count() == 1
