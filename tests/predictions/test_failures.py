"""What failed is counted, whatever kind of work it was."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mltraining.models import Promotion, TrainingRun
from predictions import insights, monitoring, scoring
from predictions.models import Alert, Insight, MetricPoint
from predictions.serving import MODEL_ERRORS
from tests import factories
from tests.predictions import watching

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def afternoon():
    """A time at which no window ends."""
    with time_machine.travel("2026-03-02 14:30:00+00:00", tick=False):
        yield


def measured(later: timedelta = timedelta()) -> dict[str, tuple[float, int]]:
    monitoring.measure(timezone.now() + later)
    return {point.name: (point.value, point.count) for point in MetricPoint.objects.order_by("window_start")}


def test_runs_and_promotions_that_failed_are_counted_beside_those_that_did_not():
    now = timezone.now()
    TrainingRun.objects.create(state=TrainingRun.State.FAILED, finished_at=now)
    for state in (Promotion.State.FAILED, Promotion.State.DONE):
        Promotion.objects.create(version=watching.active(), action="promote", state=state, finished_at=now)
    found = measured()
    assert found["failed_runs"] == (1, 1)
    assert found["failed_promotions"] == (1, 2)


def test_alerts_that_could_not_be_sent_are_counted():
    Alert.objects.create(rule="a", message="m", value=1, untold_by=["webhook"])
    Alert.objects.create(rule="b", message="m", value=1)
    assert measured()["untold_alerts"] == (1, 2)


def test_a_score_without_an_insight_is_a_failure_after_a_quarter_of_an_hour():
    written, missing = factories.call(), factories.call()
    for call in (written, missing):
        watching.prediction(call)
    insights.write(written.pk)
    assert "insights_missing_share" not in measured(timedelta(minutes=5))
    assert measured(timedelta(minutes=20))["insights_missing_share"] == (0.5, 2)


def test_quotes_that_language_models_invented_are_counted_as_a_share_of_all_they_quoted(db):
    made = {
        "kind": "sales_analysis",
        "prompt_version": "2",
        "content": {},
        "latency_ms": 1,
        "created_at": timezone.now(),
    }
    for number, (model, kept, dropped) in enumerate([("openai:x", 5, 1), ("openai:x", 1, 1), ("extractive", 9, 0)]):
        Insight.objects.create(
            call=factories.call(), input_hash=number, model=model, quotes_kept=kept, quotes_dropped=dropped, **made
        )
    assert measured(timedelta(minutes=5))["insights_invented_share"] == (0.25, 2)


def test_a_call_that_cannot_be_scored_is_counted_as_set_aside_and_not_as_waiting(active, monkeypatch):
    def broken(self, *args):
        raise MODEL_ERRORS[0]("no")

    factories.call()
    monkeypatch.setattr("predictions.scoring.vectors.encode", broken)
    scoring.score_batch()
    found = measured(timedelta(minutes=20))
    assert found["set_aside_calls"] == (1, 1)
    assert found["oldest_unscored_seconds"] == (0, 0)
