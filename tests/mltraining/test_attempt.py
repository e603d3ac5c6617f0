"""One attempt at a run, in the process of the test: from the snapshot to the candidate."""

import numpy as np
import pytest

from mltraining import attempt, registry, training
from mltraining.ml import pipeline
from mltraining.ml.duration import PARTS, Workload
from mltraining.models import LabelSuspect, ModelVersion, TrainingRun
from tests import factories
from tests.small_models import LOST, WON, small_set

pytestmark = pytest.mark.django_db

WORK = Workload(12, 600_000, "full", 20, 6_000, rounds=1, rate=2_000, why="Since.")
QUICK = {"encoder": "hashing", "tune": "none", "bootstraps": 30}


@pytest.fixture(autouse=True)
def labelled(settings) -> None:
    settings.MIN_LABELS_PER_CLASS = 6
    small_set(12)


def attempted(**config) -> TrainingRun:
    run = TrainingRun.objects.create(config=training.configuration({**QUICK, **config}).to_dict())
    claimed = training.claim(run.pk)
    attempt.work(run.pk, claimed.attempts)
    run.refresh_from_db()
    return run


def test_a_run_leaves_a_candidate_with_report_verdict_and_calls():
    run = attempted()
    version = run.version
    assert (run.state, run.progress, run.counts) == ("succeeded", 1.0, {"won": 6, "lost": 6, "customers": 12})
    assert (version.state, version.encoder, len(version.call_ids)) == ("candidate", "hashing", 12)
    assert version.verdict in ModelVersion.Verdict.values
    assert version.verdict_reasons[0]["text"]
    names = [row["name"] for row in version.report["rows"]]
    assert names == ["base_rate", "length_only", "metadata_only", "bag_of_words", "generic_encoder", "fine_tuned"]
    assert registry.load(version).head


def test_progress_and_lines_stand_on_the_row():
    run = attempted()
    stages = list(run.log.values_list("stage", flat=True))
    assert stages[0] == "prepare"
    assert {"fine-tune", "classify", "calibrate", "evaluate", "register"} <= set(stages)


def test_a_run_leaves_what_it_had_to_do_and_how_fast_it_was():
    pace = attempted().pace
    assert (pace["device"], pace["work"]["calls"], pace["work"]["tune"]) == ("cpu", 12, "none")
    assert set(pace["seconds"]) == set(PARTS)
    assert set(pace["speed"]) == {"starting", "reading", "judging", "evaluating"}


def test_lines_end_with_the_time_left_once_that_is_known():
    seconds = iter(range(0, 10_000, 60))
    run = training.claim(TrainingRun.objects.create(config=training.configuration(QUICK).to_dict()).pk)
    journal = attempt.Journal(run, clock=lambda: float(next(seconds)))
    journal("prepare", 0.0, "Reading.")
    journal.foresee(WORK, "cpu")
    journal("prepare", 0.1, "Read.")
    first, second = run.log.values_list("text", flat=True)
    assert first == "Reading."
    assert second.endswith(" minutes left.")
    run.refresh_from_db()
    assert run.seconds_left > 60
    assert run.tuned == "Since."


def test_the_same_calls_and_configuration_are_not_trained_again():
    first = attempted()
    again = attempted()
    assert (again.state, again.snapshot_hash) == ("skipped", first.snapshot_hash)
    assert str(first) in again.log.last().text
    assert ModelVersion.objects.count() == 1


def test_a_new_label_or_another_configuration_is():
    attempted()
    assert attempted(seed=1).state == "succeeded"
    factories.call(WON, outcome="won")
    assert attempted().state == "succeeded"


def test_labels_that_were_taken_back_refuse_the_run(settings):
    settings.MIN_LABELS_PER_CLASS = 7
    with pytest.raises(training.NotEnoughLabels):
        attempted()
    assert not ModelVersion.objects.exists()


def test_an_attempt_that_lost_its_run_stops_at_its_next_word(monkeypatch):
    def taken_over(examples, config, *, progress, **rest):
        TrainingRun.objects.update(attempts=2)
        progress("evaluate", 0.5, "Too late.")

    monkeypatch.setattr(pipeline, "train", taken_over)
    with pytest.raises(attempt.AttemptOver):
        attempted()
    assert not ModelVersion.objects.exists()


def test_the_active_version_answers_only_for_calls_that_it_has_not_seen():
    version = attempted().version
    registry.activate(version)
    run = TrainingRun.objects.create(state=TrainingRun.State.RUNNING)
    unseen = factories.call(LOST, outcome="lost")
    asked = attempt.examples.snapshot(training.trainable_calls())
    said = attempt.active_model(attempt.Journal(run))(asked.examples)
    known = {call_id for call_id, value in zip(asked.call_ids, said, strict=True) if np.isfinite(value)}
    assert known == {unseen.pk}


def mislabelled() -> int:
    """Among 41 calls the one whose words say lost and whose outcome says won."""
    small_set(28)
    return factories.call([(role, f"{text} Once more.") for role, text in LOST], outcome="won").pk


def test_outcomes_that_a_training_doubts_are_kept_with_its_version_each_call_once_for_each():
    wrong = mislabelled()
    first, second = attempted().version, attempted(seed=1).version
    assert attempted().state == "skipped"
    for version in (first, second):
        suspect = version.label_suspects.get()
        assert (suspect.call_id, suspect.outcome, suspect.probability < 0.2) == (wrong, "won", True)
        assert version.report["label_noise"] == {"checked": 41, "suspects": 1}
    assert LabelSuspect.objects.current().get().version == second


def test_a_retired_version_doubts_nothing_any_more():
    mislabelled()
    first, second = attempted().version, attempted(seed=1).version
    ModelVersion.objects.filter(pk=second.pk).update(state=ModelVersion.State.RETIRED)
    assert LabelSuspect.objects.current().get().version == first
