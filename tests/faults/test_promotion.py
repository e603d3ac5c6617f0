"""Another version takes over while calls are being scored: each batch is of one version, and none is left out."""

import pytest

from mltraining.models import ModelVersion, Promotion
from predictions import promotion
from predictions.models import Prediction
from predictions.tasks import score_pending
from tests import factories, small_models
from tests.faults.crew import all_done, blocked, soon
from tests.small_models import LOST, WON

pytestmark = [pytest.mark.faults, pytest.mark.long]
CALLS = 40


@pytest.mark.fault("A promotion while a batch is being scored")
def test_no_batch_mixes_versions(crew, active, admin, trial, settings):
    second = small_models.version(ModelVersion.State.CANDIDATE)
    calls = [factories.call(WON if number % 2 else LOST).pk for number in range(CALLS)]
    score_pending.delay()
    crew.start("scoring")
    with blocked("predictions_embedding") as waiting:
        soon(waiting)  # the first batch is in the worker's hands
        asked = promotion.promote(second, admin)
        promotion.write_vectors(asked.pk)
    trial.strikes()
    soon(lambda: Prediction.objects.filter(version=second).count() == CALLS and all_done("scoring"))
    by_second = Prediction.objects.filter(version=second)
    trial.settle(calls, list(by_second.values_list("call", flat=True)))
    assert Promotion.objects.get().state == Promotion.State.DONE
    assert Prediction.objects.filter(version=active).count() == settings.SCORING_BATCH
    assert versions_of_each_batch() == {1}


def versions_of_each_batch() -> set[int]:
    """All scores of one batch tell the same share of the time that it took."""
    times = Prediction.objects.values_list("latency_ms", flat=True).distinct()
    return {Prediction.objects.filter(latency_ms=each).values("version").distinct().count() for each in times}
