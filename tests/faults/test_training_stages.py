"""A training that is killed at any moment leaves no half model, and its next attempt makes a whole one."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.core.files.storage import storages

from mltraining import registry, training
from mltraining.models import ModelVersion, RunLogLine, TrainingRun
from predictions import scoring, serving
from tests import factories
from tests.faults import stores
from tests.faults.crew import Crew, blocked, soon
from tests.faults.test_training import ended, made_by, training_of
from tests.small_models import WON, small_set
from tests.tiny_models import tiny_bert

pytestmark = [pytest.mark.faults, pytest.mark.long]

Moment = Callable[[TrainingRun], AbstractContextManager[Callable[[], object]]]
PLAIN = {"encoder": "hashing", "tune": "none", "bootstraps": 30}
TUNED = {"encoder": "hashing", "tune": "projection", "steps": 100, "checkpoint_every": 10, "bootstraps": 30}


@contextmanager
def reading(run: TrainingRun) -> Iterator[Callable[[], object]]:
    with blocked("calls_turn", "access exclusive") as waiting:
        yield waiting


@contextmanager
def tuning(run: TrainingRun) -> Iterator[Callable[[], object]]:
    yield RunLogLine.objects.filter(run=run, stage="fine-tune").exists


@contextmanager
def after_a_checkpoint(run: TrainingRun) -> Iterator[Callable[[], object]]:
    # Of a run of that number, before the tables were emptied.
    shutil.rmtree(training.checkpoint_folder(run), ignore_errors=True)
    yield lambda: checkpoints(run)


@contextmanager
def writing(run: TrainingRun) -> Iterator[Callable[[], object]]:
    """The encoder's graph is what takes long."""
    yield lambda: [*models().glob(".unfinished-*/*/encoder/.onnx-*")]


def checkpoints(run: TrainingRun) -> list[str]:
    return sorted(folder.name for folder in training.checkpoint_folder(run).glob("0*"))


def models() -> Path:
    return Path(storages["models"].path(""))


def killed_at(moment: Moment, crew: Crew, run: TrainingRun) -> None:
    with moment(run) as reached:
        worker = crew.start("gpu")
        soon(reached)
        child = training_of(worker)
        child.kill()
        child.wait()
    crew.trial.strikes()


def assert_nothing_half(active: ModelVersion) -> None:
    assert ModelVersion.objects.get() == active
    assert [folder.name for folder in models().glob("run-*")] == [active.artefact]
    assert serving.served().version == active
    assert scoring.score([factories.call(WON).pk]) == 1


def assert_made_once(run: TrainingRun, trial) -> None:
    soon(lambda: ended(run))
    trial.settle([run.pk], made_by(run))
    assert (run.state, run.attempts, run.error) == ("succeeded", 2, "")
    assert registry.load(run.version).head


def first_step_of_the_last_attempt(run: TrainingRun) -> str:
    said = RunLogLine.objects.filter(run=run)
    begun = said.filter(text__startswith="Reading the labelled calls.").last()
    return said.filter(pk__gt=begun.pk, text__startswith="step ").first().text.partition(",")[0]


@pytest.mark.parametrize(
    ("moment", "config"),
    [
        pytest.param(reading, PLAIN, marks=pytest.mark.fault("A training killed while it reads the calls")),
        pytest.param(tuning, TUNED, marks=pytest.mark.fault("A training killed while it fine-tunes")),
    ],
)
def test_a_training_that_is_killed_early_begins_again(crew, active, trial, moment, config):
    small_set(12)
    run = training.request(None, config)
    killed_at(moment, crew, run)
    assert_nothing_half(active)
    assert_made_once(run, trial)


@pytest.mark.fault("Postgres restarted while a model is trained")
def test_a_training_whose_database_was_restarted_begins_again(crew, active, trial):
    small_set(12)
    run = training.request(None, TUNED)
    crew.start("gpu")
    crew.beat()
    with tuning(run) as reached:
        soon(reached)
    stores.postgres_restarts_at_once()
    trial.strikes()
    crew.start("default")
    assert_made_once(run, trial)


@pytest.mark.fault("A training killed after a checkpoint")
def test_a_training_that_is_killed_after_a_checkpoint_goes_on_from_there(crew, active, trial):
    small_set(12)
    run = training.request(None, TUNED)
    killed_at(after_a_checkpoint, crew, run)
    kept = int(checkpoints(run)[-1])
    assert_nothing_half(active)
    assert_made_once(run, trial)
    assert first_step_of_the_last_attempt(run) == f"step {kept + 1} of {TUNED['steps']}"
    soon(lambda: not checkpoints(run))


@pytest.mark.fault("A training killed while its artefact is written")
def test_what_was_written_of_an_artefact_is_seen_by_nobody(crew, active, trial, tmp_path):
    small_set(12)
    crew.environment["ENCODER_RUNTIME"] = "onnx"
    run = training.request(None, PLAIN | {"encoder": str(tiny_bert(tmp_path / "bert"))})
    killed_at(writing, crew, run)
    assert [*models().glob(".unfinished-*/*/model.json")]
    assert_nothing_half(active)
    assert_made_once(run, trial)
    assert (models() / run.version.artefact / "encoder" / "transformer.onnx").is_file()
