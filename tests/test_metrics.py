"""/metrics: who may read it, and what it says."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.http import Http404
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from calls.tasks import parse_call
from predictions import unanswered
from predictions.metrics import NO_BAND
from predictions.models import Alert, MetricPoint
from predictions.watch import watch
from salesconv import metrics
from tests import factories
from tests.predictions import watching

pytestmark = pytest.mark.usefixtures("db")


def answer(rf, **headers):
    return metrics.view(rf.get("/metrics", headers=headers))


def values() -> dict[tuple[str, ...], float]:
    """(name, label values…) → value of everything that is exposed."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_the_token_opens_it(rf):
    found = answer(rf, Authorization="Bearer metrics-for-tests")
    assert found.status_code == 200
    assert found["Content-Type"].startswith("text/plain")
    assert b"salesconv_calls" in found.content


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Token metrics-for-tests", "Bearer m\u00e9trics"])
def test_without_the_right_token_it_is_closed(rf, header):
    found = answer(rf, Authorization=header)
    assert found.status_code == 401
    assert b"salesconv" not in found.content


def test_without_the_setting_there_is_no_such_page(rf, settings):
    settings.METRICS_TOKEN = ""
    with pytest.raises(Http404):
        answer(rf, Authorization="Bearer ")


def test_an_empty_installation_has_its_numbers_too():
    found = values()
    assert found["salesconv_calls", "ready"] == found["salesconv_active_version",] == 0


def test_it_counts_calls_scores_waits_alerts_and_the_newest_monitored_numbers():
    version = watching.active()
    watching.prediction(factories.call(), 0.25, latency_ms=30)
    watching.prediction(factories.call(), 0.75, latency_ms=10)
    waiting = factories.call()
    Alert.objects.create(rule="scoring is slow", version=version, message="m", value=1)
    MetricPoint.objects.create(name="score_psi", version=version, value=0.1, count=7,
                               window_start=waiting.created_at, window_end=waiting.created_at)  # fmt: skip
    found, label = values(), str(version.pk)
    assert found["salesconv_calls", "ready"] == 3
    assert found["salesconv_active_version",] == version.pk
    assert found["salesconv_predictions_total", label] == 2
    assert found["salesconv_prediction_latency_ms_sum", label] == 40
    assert found["salesconv_score_spread", label] == 0.25
    assert found["salesconv_queue_calls", "score"] == 1
    assert found["salesconv_open_alerts", "scoring is slow"] == 1
    assert found["salesconv_metric", "score_psi"] == 0.1
    assert found["salesconv_metric_calls", "score_psi"] == 7


def test_questions_without_an_answer_are_counted_by_reason(empty_cache):
    unanswered.note("worker_failed")
    unanswered.note("worker_failed")
    found = values()
    assert found["salesconv_predict_failures_total", "worker_failed"] == 2
    assert found["salesconv_predict_failures_total", "worker_lost"] == 0


def test_scores_are_counted_by_band_and_webhooks_by_state(admin):
    version = str(watching.active().pk)
    for band in ("A", "A", ""):
        watching.prediction(factories.call(), 0.5, band=band)
    watching.delivery(admin, due_at=timezone.now() - timedelta(hours=1))
    found = values()
    assert found["salesconv_banded_predictions_total", "A", version] == 2
    assert found["salesconv_banded_predictions_total", NO_BAND, version] == 1
    assert found["salesconv_webhook_deliveries", "waiting"] == 1
    assert found["salesconv_webhook_late_seconds",] >= 3600


def test_tasks_at_the_broker_are_counted_by_queue_with_the_age_of_the_oldest(empty_queues):
    now = datetime.now(UTC)
    for seconds in (100, 10):
        with time_machine.travel(now - timedelta(seconds=seconds)):
            parse_call.delay(0)
    with time_machine.travel(now, tick=False):
        found = values()
    assert found["salesconv_tasks_waiting", "default"] == 2
    assert found["salesconv_tasks_oldest_seconds", "default"] == pytest.approx(100, abs=2)
    assert found["salesconv_tasks_oldest_seconds", "gpu"] == found["salesconv_tasks_waiting", "gpu"] == 0


def test_a_store_that_is_down_takes_no_others_numbers_away(monkeypatch):
    def gone():
        raise OperationalError

    monkeypatch.setitem(metrics.PARTS, "database", gone)
    found = values()
    assert found["salesconv_up", "database"] == 0
    assert found["salesconv_up", "broker"] == found["salesconv_up", "cache"] == 1
    assert ("salesconv_tasks_waiting", "default") in found


def test_it_grows_while_nobody_measures():
    watching.active()
    assert ("salesconv_unwatched_seconds",) not in values()
    now = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)
    watch(now)
    for later, seconds in ((timedelta(minutes=30), 0), (timedelta(hours=2), 4800)):
        with time_machine.travel(now + later, tick=False):
            assert values()["salesconv_unwatched_seconds",] == seconds
