"""The child's side of a training: one attempt at a run, from the snapshot to the registered candidate."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from django.utils import timezone

from mltraining import examples, forecast, registry, training
from mltraining.ml.config import TrainConfig
from mltraining.ml.duration import Course, Workload
from mltraining.ml.example import Example
from mltraining.models import LabelSuspect, ModelVersion, RunLogLine, TrainingRun
from mltraining.tested_calls import about_tested_calls

if TYPE_CHECKING:
    from mltraining.ml.label_noise import Suspect

SECONDS_BETWEEN_WRITES = 1.0
SHORTEST_TOLD = 5.0  # seconds
IN_SECONDS = 90.0  # below it time left is told in seconds
# Where each stage begins and ends on the scale of the whole run.
SPANS = {
    "prepare": (0.0, 0.05),
    "fine-tune": (0.05, 0.65),
    "classify": (0.65, 0.75),
    "calibrate": (0.75, 0.8),
    "evaluate": (0.8, 0.97),
    "register": (0.97, 1.0),
}


class AttemptOver(Exception):
    """The run is in other hands: this attempt has nothing more to write."""


class Journal:
    """Takes progress, time left and log lines into the run's row, as long as the attempt holds it."""

    def __init__(self, run: TrainingRun, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock, self.course = clock, Course(clock)
        self.held = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.RUNNING, attempts=run.attempts)
        self.run = run
        self.stage = ""
        self.written_at = 0.0

    def __call__(self, stage: str, share: float, line: str = "") -> None:
        """`share` is that of the stage, 0 to 1."""
        self.course.reached(stage, share)
        now, left = self.clock(), self.course.left()
        if line or stage != self.stage or now - self.written_at >= SECONDS_BETWEEN_WRITES:
            begin, end = SPANS[stage]
            ends = None if left is None else timezone.now() + timedelta(seconds=left)
            self.note(stage=stage, progress=begin + (end - begin) * min(max(share, 0.0), 1.0), expected_end=ends)
            self.stage, self.written_at = stage, now
        if line:
            RunLogLine.objects.create(run=self.run, stage=stage, text=line + said(left))

    def foresee(self, work: Workload, device: str) -> None:
        """What there is to do is known: from here on so is the time left."""
        config = TrainConfig.from_dict(self.run.config)
        self.course.foresee(work, forecast.earlier_speed(config, work))
        self.note(pace={"device": device, "work": work.to_dict()})

    def timed(self) -> dict[str, object]:
        """How fast this attempt was, for those who ask before the next run."""
        work = self.course.work
        if work is None:
            return {}
        pace = TrainingRun.objects.values_list("pace", flat=True).get(pk=self.run.pk)
        self.course.close()
        seconds = {part: round(taken, 1) for part, taken in self.course.seconds.items()}
        return {"pace": pace | {"seconds": seconds, "speed": work.measured(self.course.seconds)}}

    def note(self, **changes: object) -> None:
        if not self.held.update(**changes):
            raise AttemptOver(f"{self.run} is in other hands")


def said(left: float | None) -> str:
    """As the end of a log line; nothing where too little is left to be worth saying."""
    if left is None or left < SHORTEST_TOLD:
        return ""
    return f" About {left / 60:.0f} minutes left." if left >= IN_SECONDS else f" About {left:.0f} seconds left."


def work(run_id: int, attempt: int) -> ModelVersion | None:
    """The candidate; None if nothing changed since a run that succeeded. May raise whatever training raises."""
    from mltraining.ml import pipeline  # noqa: PLC0415  # heavy

    run = TrainingRun.objects.get(pk=run_id, attempts=attempt)
    journal = Journal(run)
    config = TrainConfig.from_dict(run.config)
    journal("prepare", 0.0, "Reading the labelled calls.")
    taken = examples.snapshot(training.trainable_calls())
    training.check_labels(taken.counts)
    journal.note(counts=taken.counts, snapshot_hash=fingerprint(taken, config.to_dict()))
    if unchanged := run_with_same_hash(run):
        skip(run, unchanged, journal)
        return None
    trained = pipeline.train(
        taken.examples,
        config,
        progress=journal,
        checkpoint=training.checkpoint_folder(run),
        active=active_model(journal),
        foreseen=journal.foresee,
    )
    journal("register", 0.0, "Storing the model.")
    report = trained.report | about_tested_calls(taken, trained)
    suspects = suspected(trained.suspects, taken.call_ids)
    version = registry.save(trained.model, run, report, call_ids=taken.call_ids, suspects=suspects, **journal.timed())
    if version is None:
        raise AttemptOver(f"{run} is in other hands")
    RunLogLine.objects.create(run=run, stage=TrainingRun.Stage.REGISTER, text=f"Registered {version}.")
    return version


def suspected(found: Sequence["Suspect"], call_ids: Sequence[int]) -> list[LabelSuspect]:
    """Unsaved rows; a suspect's row is its call's place among `call_ids`."""
    outcomes = {label: outcome for outcome, label in examples.LABELS.items()}
    return [
        LabelSuspect(
            call_id=call_ids[each.row],
            outcome=outcomes[each.label],
            probability=each.probability,
            quality=each.quality,
        )
        for each in found
    ]


def fingerprint(taken: examples.Snapshot, config: dict[str, object]) -> str:
    from mltraining.ml.pipeline import REVISION  # noqa: PLC0415  # heavy

    return taken.hash(config, REVISION)


def run_with_same_hash(run: TrainingRun) -> TrainingRun | None:
    snapshot_hash = TrainingRun.objects.values_list("snapshot_hash", flat=True).get(pk=run.pk)
    succeeded = TrainingRun.objects.filter(state=TrainingRun.State.SUCCEEDED, snapshot_hash=snapshot_hash)
    return succeeded.exclude(pk=run.pk).first()


def skip(run: TrainingRun, unchanged: TrainingRun, journal: Journal) -> None:
    journal("prepare", 1.0, f"Skipped: calls, labels and configuration are those of {unchanged}.")
    registry.finish(run, TrainingRun.State.SKIPPED, progress=1.0)


def active_model(journal: Journal) -> Callable[[Sequence[Example]], np.ndarray] | None:
    """What the active version says of examples, for comparison; NaN where it has seen the call, or says nothing."""
    version = registry.active()
    if version is None:
        return None
    try:
        model = registry.load(version)
    except registry.DamagedArtefact as error:
        journal("prepare", 1.0, f"No comparison with the active version. {error}")
        return None
    seen = {str(call_id) for call_id in version.call_ids}

    def predict(asked: Sequence[Example]) -> np.ndarray:
        fresh = [k for k, each in enumerate(asked) if each.id not in seen]
        answers = np.full(len(asked), np.nan)
        if fresh:
            answers[fresh] = model.predict_proba([asked[k] for k in fresh])
        return answers

    return predict
