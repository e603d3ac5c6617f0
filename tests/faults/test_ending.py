"""A worker that is told to end, as at each deployment: what it has in its hands is done, or handed back."""

import signal

import pytest

from mltraining import training
from mltraining.models import TrainingRun
from predictions.tasks import score_call
from tests import factories
from tests.faults.crew import all_done, blocked, soon
from tests.faults.orders import scored, scores
from tests.small_models import WON, small_set

pytestmark = [pytest.mark.faults, pytest.mark.long]
GRACE_SECONDS = 30


@pytest.mark.fault("SIGTERM while a call is scored")
def test_a_score_under_way_is_finished_and_the_rest_waits_for_the_next_worker(crew, active, trial):
    calls = [factories.call(WON).pk for _ in range(4)]
    for call in calls:
        score_call.delay(call)
    with blocked("predictions_prediction") as waiting:
        worker = crew.start("scoring")
        soon(waiting)
        worker.send_signal(signal.SIGTERM)
    assert crew.workers[0].wait(GRACE_SECONDS) == 0
    assert len(scores()) < len(calls)
    trial.strikes()
    crew.start("scoring")
    soon(lambda: scored(calls) and all_done("scoring"))
    trial.settle(calls, scores())


@pytest.mark.fault("SIGTERM while a model is trained")
def test_a_training_is_handed_back_at_once_and_costs_no_attempt(crew, active, trial):
    small_set(12)
    run = training.request(None, {"encoder": "hashing", "tune": "none", "bootstraps": 30})
    with blocked("mltraining_runlogline") as waiting:
        worker = crew.start("gpu")
        soon(waiting)
        worker.send_signal(signal.SIGTERM)
        assert crew.workers[0].wait(GRACE_SECONDS) == 0
    run.refresh_from_db()
    assert (run.state, run.attempts) == (TrainingRun.State.QUEUED, 0)
    trial.strikes()
    crew.start("gpu")
    soon(lambda: TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.SUCCEEDED).exists())
    trial.settle([run.pk], [run.pk] * TrainingRun.objects.filter(version__isnull=False, pk=run.pk).count())
