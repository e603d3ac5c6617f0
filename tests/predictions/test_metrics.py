"""/metrics: who may read it, and what it says."""

import pytest
from django.http import Http404
from prometheus_client.parser import text_string_to_metric_families

from predictions import metrics, unanswered
from predictions.models import Alert, MetricPoint
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
