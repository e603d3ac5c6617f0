"""Insights and risks that kill their worker or fail again and again are given up, seen, and can be sent again."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from predictions import failures, insight_attempts, insights, tasks
from predictions.insight_attempts import Work
from predictions.insights import writing
from predictions.models import InsightAttempt, RiskCheck
from predictions.monitoring import HOUR, Window
from predictions.risks import finding
from tests import factories
from tests.predictions import watching

pytestmark = pytest.mark.usefixtures("db", "empty_cache")
NOW = timezone.now()


def killed_at(call: Call, work: str = Work.INSIGHT) -> None:
    """A worker that wrote of it was killed, and its lease is over."""
    insight_attempts.begun(call.pk, work, writing.requested(call).input_hash if work == Work.INSIGHT else "")
    InsightAttempt.objects.update(lease_until=Now() - timedelta(seconds=1))


@pytest.fixture
def scored(settings) -> Call:
    settings.MAX_ATTEMPTS = 2
    call = factories.call()
    watching.prediction(call, created_at=NOW - timedelta(seconds=settings.LEASE_SECONDS + 1))
    return call


@pytest.fixture
def given_up(scored) -> Call:
    killed_at(scored)
    killed_at(scored)
    return scored


def test_what_is_written_leaves_no_attempt_behind(scored):
    assert insights.write(scored.pk)
    finding.find(scored.pk)
    assert not InsightAttempt.objects.exists()


def test_an_insight_in_a_workers_hands_is_written_by_no_other_and_is_overdue_a_lease_after_that_was_killed(scored):
    insight_attempts.begun(scored.pk, Work.INSIGHT, writing.requested(scored).input_hash)
    assert insights.write(scored.pk) is None
    assert insights.overdue() == []
    InsightAttempt.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert insights.overdue() == [scored.pk]


def test_an_insight_is_given_up_after_the_attempts_that_are_allowed(given_up, caplog):
    assert insights.write(given_up.pk) is None
    assert insights.overdue() == []
    insight_attempts.give_up()
    insight_attempts.give_up()
    assert caplog.text.count("is given up after 2 attempts") == 1
    assert [count for _, _, count in failures.set_aside_insights(Window(NOW, NOW + HOUR), NOW)] == [1]


def fails(error: Exception, monkeypatch) -> None:
    def raising(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(writing.chain, "analyse", raising)
    monkeypatch.setattr(finding, "details", raising)


@pytest.mark.parametrize("write", [insights.write, finding.find])
def test_what_ends_by_an_error_each_time_is_told_by_its_class_and_tried_again_the_next_day(
    scored, monkeypatch, write, caplog, settings
):
    for _ in range(settings.MAX_ATTEMPTS):
        fails(ZeroDivisionError("words of the call"), monkeypatch)
        with pytest.raises(ZeroDivisionError):
            write(scored.pk)
        assert not InsightAttempt.objects.free()
        InsightAttempt.objects.update(lease_until=None)
    insight_attempts.give_up()
    assert InsightAttempt.objects.broken().get().error == "It ended by an error: ZeroDivisionError."
    assert "killed" not in caplog.text
    monkeypatch.undo()
    assert not write(scored.pk)
    InsightAttempt.objects.update(begun_at=Now() - timedelta(hours=25))
    assert write(scored.pk)


@pytest.mark.parametrize("write", [insights.write, finding.find])
def test_an_outage_of_the_database_is_no_attempt(scored, monkeypatch, write, settings):
    for _ in range(settings.MAX_ATTEMPTS):
        fails(OperationalError("the connection is lost"), monkeypatch)
        with pytest.raises(OperationalError):
            write(scored.pk)
        InsightAttempt.objects.update(lease_until=None)
    monkeypatch.undo()
    assert write(scored.pk)


def test_another_score_begins_anew(given_up):
    watching.prediction(given_up, version=watching.version("candidate"))
    assert insights.write(given_up.pk)


def test_a_search_for_risks_is_given_up_after_the_attempts_that_are_allowed(scored, monkeypatch):
    monkeypatch.setattr(finding, "PATIENCE", 0)
    killed_at(scored, Work.RISKS)
    assert finding.overdue() == [scored.pk]
    killed_at(scored, Work.RISKS)
    insights.writing.cache.clear()
    finding.find(scored.pk)
    assert (finding.overdue(), RiskCheck.objects.count()) == ([], 0)


@pytest.mark.parametrize("work", [Work.INSIGHT, Work.RISKS])
def test_an_admin_sees_what_was_given_up_and_sends_it_again(
    scored, work, admin, client, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    for name in ("write_insight", "find_risks"):
        monkeypatch.setattr(getattr(tasks, name), "delay_on_commit", lambda pk, name=name: sent.append((name, pk)))
    killed_at(scored, work)
    killed_at(scored, work)
    client.force_login(admin)
    page = reverse("admin:predictions_insightattempt_changelist")
    assert str(scored) in client.get(page).text
    client.post(page, {"action": "send_again", "_selected_action": [InsightAttempt.objects.get().pk]})
    assert sent == [("write_insight" if work == Work.INSIGHT else "find_risks", scored.pk)]
    assert insight_attempts.begun(scored.pk, work)
