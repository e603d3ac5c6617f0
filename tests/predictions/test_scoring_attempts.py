"""A call that kills its worker again and again is given up, keeps no other from its score, and can be sent again."""

from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now
from django.urls import reverse
from psycopg import errors

from calls.outages import is_outage
from predictions import scoring, scoring_attempts
from predictions.handing_back import hand_back
from predictions.models import ScoringAttempt
from tests import factories
from tests.small_models import WON

pytestmark = pytest.mark.django_db


def killed_at(version, *calls) -> None:
    """A worker that had them was killed, and its lease is over."""
    scoring_attempts.begin(version, [call.pk for call in calls])
    ScoringAttempt.objects.update(lease_until=Now() - timedelta(seconds=1))


@pytest.fixture
def given_up(active, settings):
    call = factories.call(WON)
    for _ in range(settings.MAX_ATTEMPTS):
        killed_at(active, call)
    return call


def test_a_score_leaves_no_attempt_behind(active):
    scoring.score([factories.call(WON).pk])
    assert not ScoringAttempt.objects.exists()


def test_a_call_in_a_workers_hands_is_not_taken_by_another(active):
    scoring_attempts.begin(active, [factories.call(WON).pk])
    assert not scoring.pending(active).exists()


def test_the_log_tells_of_a_killed_worker_only_once_its_lease_is_over(active, caplog):
    call = factories.call(WON)
    scoring_attempts.begin(active, [call.pk])
    killed_at(active, call)
    assert "is taken up again" not in caplog.text
    scoring_attempts.begin(active, [call.pk])
    assert f"scoring call {call.pk} is taken up again" in caplog.text


def test_calls_at_which_a_worker_was_killed_are_scored_last_and_alone(active):
    one, other = factories.call(WON), factories.call(WON)
    killed_at(active, one, other)
    fresh = factories.call(WON)
    scoring.score_batch()
    assert (fresh.predictions.count(), one.predictions.count() + other.predictions.count()) == (1, 0)
    assert [scoring.score_batch() for _ in range(3)] == [1, 1, 0]
    assert one.predictions.count() == other.predictions.count() == 1


def test_a_call_is_given_up_after_the_attempts_that_are_allowed(active, given_up, caplog):
    assert scoring.score([given_up.pk]) == 0
    assert not scoring.pending(active).exists()
    scoring.sweep()
    scoring.sweep()
    assert caplog.text.count("is given up after 3 attempts") == 1
    assert ScoringAttempt.objects.set_aside().get().error == scoring_attempts.GAVE_UP


def test_an_admin_sees_what_was_given_up_and_sends_it_again(
    active, given_up, admin, client, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr("predictions.tasks.score_call.delay_or_leave", sent.append)
    client.force_login(admin)
    page = reverse("admin:predictions_scoringattempt_changelist")
    assert str(given_up) in client.get(page).text
    chosen = {"action": "send_again", "_selected_action": [ScoringAttempt.objects.get().pk]}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page, chosen)
    assert sent == [given_up.pk]
    assert scoring.score([given_up.pk]) == 1


def going_away(execute, sql, params, many, context):
    """The database ends our session just before the scores are written."""
    if sql.startswith('INSERT INTO "predictions_prediction"'):
        with psycopg.connect(host=str(settings.EMBEDDED_POSTGRES_DIR), user="postgres", dbname="postgres") as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_outages_of_the_database_are_no_attempts(active):
    call = factories.call(WON)
    for _ in range(settings.MAX_ATTEMPTS):
        with connection.execute_wrapper(going_away), pytest.raises(OperationalError):
            scoring.score([call.pk])
        connection.close()
    ScoringAttempt.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert scoring.score([call.pk]) == 1


def test_a_call_that_the_database_refuses_each_time_says_so(active, settings):
    call = factories.call(WON)
    for _ in range(settings.MAX_ATTEMPTS):
        with pytest.raises(OperationalError), scoring_attempts.begun(active, [call.pk]):
            raise OperationalError("…") from errors.QueryCanceled()
    scoring.sweep()
    attempt = ScoringAttempt.objects.given_up().get()
    assert attempt.error == "The database refused what its score would have written: QueryCanceled."


def test_a_connection_that_was_closed_under_the_work_is_no_attempt(active):
    call = factories.call(WON)
    with pytest.raises(InterfaceError), scoring_attempts.begun(active, [call.pk]):
        raise InterfaceError("the connection is closed")
    hand_back()
    assert ScoringAttempt.objects.get().attempts == 0


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (errors.AdminShutdown(), True),
        (errors.ReadOnlySqlTransaction(), True),
        (errors.ForeignKeyViolation(), True),
        (errors.ProgramLimitExceeded(), False),
        (errors.QueryCanceled(), False),
    ],
)
def test_what_a_call_itself_brings_about_is_no_outage(cause, expected):
    error = OperationalError()
    error.__cause__ = cause
    assert is_outage(error) is expected
