"""A training that is killed leaves no half model, is taken up again, and what serves goes on serving."""

import psutil
import pytest

from mltraining import registry, training
from mltraining.models import ModelVersion, TrainingRun
from mltraining.tasks import sweep
from predictions import scoring, serving
from tests import factories
from tests.faults.crew import Crew, blocked, soon
from tests.small_models import WON, small_set

pytestmark = pytest.mark.faults

QUICK = {"encoder": "hashing", "tune": "none", "bootstraps": 30}


@pytest.fixture
def run(active) -> TrainingRun:
    """Asked for: its message waits at the queue."""
    small_set(12)
    return training.request(None, QUICK)


def training_of(worker: psutil.Process) -> psutil.Process:
    return next(each for each in worker.children() if "run_training" in each.cmdline())


def kill_in_the_middle(crew: Crew) -> None:
    """The moment when the artefact lies there and the version is not yet registered."""
    with blocked("mltraining_modelversion") as waiting:
        worker = crew.start("gpu")
        soon(waiting)
        training_of(worker).kill()


def assert_still_serves(active: ModelVersion) -> None:
    assert serving.served().version == active
    assert scoring.score([factories.call(WON).pk]) == 1


def made_by(run: TrainingRun) -> list[int]:
    """The run, once for each version that it made."""
    return list(ModelVersion.objects.filter(run=run).values_list("run", flat=True))


def ended(run: TrainingRun) -> bool:
    run.refresh_from_db()
    return run.is_finished


@pytest.mark.fault("A training killed before its version is registered")
def test_a_killed_training_leaves_no_half_model_and_is_taken_up_again(crew, active, run, trial):
    kill_in_the_middle(crew)
    trial.strikes()
    assert ModelVersion.objects.get() == active
    assert_still_serves(active)
    soon(lambda: ended(run))
    trial.settle([run.pk], made_by(run))
    assert (run.state, run.attempts, run.error) == ("succeeded", 2, "")
    assert registry.load(run.version).head
    assert ModelVersion.objects.active() == active


def test_a_training_that_is_killed_at_its_last_attempt_fails_with_the_reason(crew, active, run):
    crew.environment["MAX_ATTEMPTS"] = "1"
    kill_in_the_middle(crew)
    soon(lambda: ended(run))
    assert run.state == "failed"
    assert "killed by SIGKILL" in run.error
    assert ModelVersion.objects.get() == active
    assert_still_serves(active)


@pytest.mark.fault("The worker of a training killed")
def test_a_training_ends_with_its_worker_and_another_takes_it_up(crew, active, run, trial):
    with blocked("mltraining_runlogline") as waiting:
        worker = crew.start("gpu")
        soon(waiting)
        child = training_of(worker)
        crew.kill()
        assert psutil.wait_procs([child], timeout=10)[1] == []
    soon(TrainingRun.objects.abandoned().filter(pk=run.pk).exists)
    sweep.delay()
    crew.start("default", "gpu")
    soon(lambda: ended(run))
    trial.settle([run.pk], made_by(run))
    assert (run.state, run.attempts) == ("succeeded", 2)
    assert f"{run} is taken up again: attempt 2 of 3" in crew.said()
    assert ModelVersion.objects.exclude(pk=active.pk).get() == run.version
