"""What is measured of work and of the active version, over which window, and that measuring twice changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from calls.models import Call
from mltraining.models import TrainingRun
from predictions import monitoring
from predictions.models import MetricPoint
from tests import factories
from tests.predictions import watching

pytestmark = pytest.mark.usefixtures("db")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def afternoon():
    """A time at which no window ends."""
    with time_machine.travel("2026-03-02 14:30:00+00:00", tick=False):
        yield


def measured(now: datetime | None = None) -> dict[str, tuple[float, int]]:
    """Name → (value, count) of the newest windows, after measuring."""
    monitoring.measure(now or timezone.now())
    return {point.name: (point.value, point.count) for point in MetricPoint.objects.order_by("window_start")}


def test_windows_are_aligned_and_the_last_one_is_measured_a_moment_longer():
    noon = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
    before, current = monitoring.windows(noon, HOUR, HOUR)
    assert (before.start.hour, before.end.hour, current.start.hour, current.end.hour) == (11, 12, 12, 13)
    assert [window.start.hour for window in monitoring.windows(noon + HOUR / 2, HOUR, HOUR)] == [12]
    (week,) = monitoring.windows(noon, DAY, timedelta(days=7))
    assert (week.start, week.end) == (datetime(2026, 2, 24, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


def test_measuring_twice_writes_each_point_once_and_keeps_the_newer_value():
    watching.version()
    factories.call()
    now = timezone.now()
    monitoring.measure(now)
    count = MetricPoint.objects.count()
    factories.call()
    monitoring.measure(now)
    assert MetricPoint.objects.count() == count
    assert MetricPoint.objects.filter(name="calls_received").latest("window_start").value == 2


def test_deliveries_and_failed_runs_are_counted_without_any_version():
    for state in (Call.State.READY, Call.State.REJECTED, Call.State.RECEIVED):
        factories.call(state=state)
    TrainingRun.objects.create(state=TrainingRun.State.FAILED, finished_at=timezone.now())
    found = measured()
    assert found["calls_received"] == (3, 3)
    assert found["rejected_share"] == (pytest.approx(1 / 3), 3)
    assert found["failed_runs"] == (1, 1)
    assert not MetricPoint.objects.exclude(version=None).exists()


def test_queues_have_the_age_of_their_oldest_call():
    watching.version(promoted_at=timezone.now())
    watching.prediction(factories.call())
    factories.call()
    factories.call(state=Call.State.RECEIVED)
    found = measured(timezone.now() + timedelta(minutes=10))
    assert found["oldest_received_seconds"] == (pytest.approx(600, abs=5), 1)
    assert found["oldest_unscored_seconds"] == (pytest.approx(600, abs=5), 1)


def test_a_call_from_before_the_version_waits_since_its_promotion():
    factories.call()
    promoted_at = timezone.now() + timedelta(hours=2)
    version = watching.version(promoted_at=promoted_at)
    assert monitoring.score_wait(version, promoted_at + timedelta(minutes=1)) == (60, 1)


def test_calls_that_another_version_scored_wait_for_the_promoted_one():
    call = factories.call(state=Call.State.SCORED)
    watching.prediction(call, version=watching.version("candidate"))
    promoted_at = timezone.now() + timedelta(hours=2)
    version = watching.version(promoted_at=promoted_at)
    assert monitoring.score_wait(version, promoted_at + timedelta(minutes=5)) == (300, 1)


def test_speed_and_spread_of_the_scores_of_the_active_version():
    old = watching.version("retired")
    for probability in (0.2, 0.4, None):
        watching.prediction(factories.call(), probability, latency_ms=100)
    watching.prediction(factories.call(), 0.9, version=old, latency_ms=9000)
    found = measured()
    assert found["predictions"] == (3, 3)
    assert found["latency_p95_ms"] == (100, 3)
    assert found["score_mean"] == (pytest.approx(0.3), 2)
    assert found["score_spread"] == (pytest.approx(0.1), 2)
    assert found["no_evidence_share"] == (pytest.approx(1 / 3), 3)


def test_drift_is_measured_on_calls_that_the_version_was_not_made_from():
    trained_on = factories.call()
    reference = {"scores": [0.1, 0.2, 0.3], "centroid": [1.0] + [0.0] * 383, "features": {"talk_ratio": [0.5] * 9}}
    watching.version(report={"reference": reference}, call_ids=[trained_on.pk])
    new = factories.call(statistics={"talk_ratio": 0.9})
    for call in (trained_on, new):
        watching.prediction(call, 0.9)
        watching.embedding(call, [0.0, 1.0] + [0.0] * 382)
    found = measured()
    assert found["score_ks"] == (1, 1)
    assert found["score_psi"][0] > 0
    assert found["feature_psi"][0] > 0
    assert found["centroid_distance"] == (pytest.approx(1), 1)
    assert found["score_mean"][1] == 2


@pytest.mark.parametrize("report", [{}, {"reference": None}, {"reference": {"scores": [], "features": {"a": {}}}}])
def test_a_report_without_a_reference_gives_no_drift(report):
    watching.version(report=report)
    watching.prediction(factories.call(), 0.9)
    assert not {"score_psi", "score_ks", "feature_psi", "centroid_distance"} & set(measured())


def graded(probability: float, outcome: str, known_after: timedelta) -> None:
    """A call that is scored now and whose outcome becomes known so much later."""
    call = factories.call(outcome=outcome)
    Call.objects.filter(pk=call.pk).update(outcome_known_at=timezone.now() + known_after)
    watching.prediction(call, 0.01)
    watching.prediction(call, probability)


def test_quality_rests_on_scores_from_before_the_outcome_became_known():
    for probability, outcome in ((0.9, "won"), (0.7, "won"), (0.2, "lost"), (0.8, "lost")):
        graded(probability, outcome, DAY)
    graded(0.1, "won", -DAY)
    found = measured(timezone.now() + 2 * DAY)
    assert found["quality_auc"] == (0.75, 4)
    assert found["quality_base_rate"] == (0.5, 4)
    assert found["quality_brier"] == (pytest.approx(0.195), 4)
    assert found["quality_base_rate_brier"] == (0.25, 4)
    assert found["quality_brier_skill"] == (pytest.approx(0.22), 4)
    assert found["quality_ece"][1] == 4


def test_outcomes_of_one_kind_have_a_brier_score_but_no_auc_and_no_skill():
    graded(0.9, "won", DAY)
    found = measured(timezone.now() + 2 * DAY)
    assert found["quality_brier"] == (pytest.approx(0.01), 1)
    assert not {"quality_auc", "quality_brier_skill"} & set(found)


def test_the_hour_that_ended_a_moment_ago_gets_its_last_minutes():
    with time_machine.travel("2026-03-02 11:58:00+00:00", tick=False):
        watching.version()
        watching.prediction(factories.call())
    monitoring.measure(datetime(2026, 3, 2, 12, 1, tzinfo=UTC))
    eleven, twelve = MetricPoint.objects.filter(name="predictions").order_by("window_start")
    assert (eleven.value, twelve.value) == (1, 0)
