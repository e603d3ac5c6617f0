"""Training runs from the request to the candidate: who may start one, who holds it, and the process that does it."""

import logging
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from calls import clock, leases
from calls.models import Call, Outcome, User
from calls.refusal import Refusal
from mltraining import registry, subprocess_run
from mltraining.models import TrainingRun

if TYPE_CHECKING:
    from mltraining.ml.config import TrainConfig

log = logging.getLogger(__name__)

MESSAGE_PATIENCE = 10  # leases; a queued run is queued again after so long without a start
GAVE_UP = "It was started {attempts} times and never came to an end: its process was killed or its worker told to end."


class TrainingRefused(Refusal):
    code = "training_refused"


class NotEnoughLabels(TrainingRefused):
    code = "not_enough_labels"


class BadConfiguration(TrainingRefused):
    code = "bad_configuration"


def trainable_calls() -> QuerySet[Call]:
    return Call.objects.trainable(verified_only=settings.REQUIRE_VERIFIED_LABELS)


def label_counts() -> dict[str, int]:
    counts = {outcome: Count("pk", filter=Q(outcome=outcome)) for outcome in Outcome.values}
    return trainable_calls().order_by().aggregate(**counts)


def check_labels(counts: Mapping[str, int]) -> None:
    """Raises NotEnoughLabels with what there is and what is needed."""
    needed = settings.MIN_LABELS_PER_CLASS
    if min(counts["won"], counts["lost"]) < needed:
        raise NotEnoughLabels(
            f"A training needs {needed} won and {needed} lost calls; there are {counts['won']} won and"
            f" {counts['lost']} lost.",
            hint="Label more calls or import outcomes; calls with conflicting outcomes do not count.",
            fields={"won": counts["won"], "lost": counts["lost"], "needed": needed},
        )


def configuration(overrides: Mapping[str, Any]) -> "TrainConfig":
    """The defaults, over them the environment's settings, over them those of this run. Raises BadConfiguration."""
    settled = {"encoder": settings.ENCODER, "comfortable_per_class": settings.COMFORTABLE_LABELS_PER_CLASS}
    return checked({**settled, **settings.TRAINING, **overrides})


def checked(values: Mapping[str, Any]) -> "TrainConfig":
    """Raises BadConfiguration for what cannot be, also for an encoder that is no folder and no model's name."""
    from mltraining.ml.config import ConfigurationError, TrainConfig  # noqa: PLC0415  # ml only inside functions
    from mltraining.ml.encoder import may_be_found  # noqa: PLC0415

    try:
        config = TrainConfig.from_dict(values)
        if not may_be_found(config.encoder):
            allowed = "a folder that holds a model, or the name of one in the local cache"
            raise config.refused("encoder", allowed)
    except ConfigurationError as error:
        raise BadConfiguration(str(error), fields=dict.fromkeys(error.names, str(error))) from None
    return config


def request(by: User | None, overrides: Mapping[str, Any] | None = None) -> TrainingRun:
    """A queued run; raises NotEnoughLabels or BadConfiguration, and then nothing was written."""
    from mltraining.tasks import train  # noqa: PLC0415  # the task's module imports this one

    config = configuration(overrides or {})
    counts = label_counts()
    check_labels(counts)
    run = TrainingRun.objects.create(
        requested_by=by, config=config.to_dict(), counts=counts, lease_until=leases.lease(MESSAGE_PATIENCE)
    )
    train.delay_on_commit(run.pk)
    return run


def run(run_id: int) -> None:
    """Claims the run and does it in one subprocess. Safe to call twice and to be killed."""
    claimed = claim(run_id)
    if claimed is None:
        return
    mine = TrainingRun.objects.filter(pk=claimed.pk, attempts=claimed.attempts)
    ending = subprocess_run.run(claimed)
    if ending.handed_back:
        log.warning("%s is handed back: its worker was told to end", claimed)
        queue_again(mine, attempts=attempts_counted(claimed))
        return
    if ending.is_worth_another and claimed.attempts < settings.MAX_ATTEMPTS:
        queue_again(mine)
        return
    if ending.error:
        registry.finish(claimed, TrainingRun.State.FAILED, error=ending.error)
    remove_checkpoint(claimed)


def attempts_counted(handed_back: TrainingRun) -> int:
    """Without this one, until so long after the first start as all attempts may take: a machine that tells workers to
    end for the sake of this very run would be asked for ever."""
    assert handed_back.started_at is not None  # its claim wrote it
    patience = timedelta(seconds=settings.TRAINING_DEADLINE_SECONDS * settings.MAX_ATTEMPTS)
    return handed_back.attempts - (clock.now() - handed_back.started_at < patience)


def checkpoint_folder(run: TrainingRun) -> Path:
    """Outlives a killed attempt, so that the next one resumes."""
    return Path(settings.VAR_DIR) / "checkpoints" / str(run.pk)


def remove_checkpoint(run: TrainingRun) -> None:
    """Unless another attempt works with it."""
    if not TrainingRun.objects.unfinished().filter(pk=run.pk).exists():
        shutil.rmtree(checkpoint_folder(run), ignore_errors=True)


def claim(run_id: int) -> TrainingRun | None:
    """Takes the lease on a waiting run, or on one whose holder is gone; None: nothing to do here."""
    waiting = Q(state=TrainingRun.State.QUEUED) | Q(state=TrainingRun.State.RUNNING, lease_until__lt=Now())
    taken = TrainingRun.objects.filter(waiting, pk=run_id, attempts__lt=settings.MAX_ATTEMPTS).update(
        state=TrainingRun.State.RUNNING,
        attempts=F("attempts") + 1,
        lease_until=leases.lease(),
        started_at=Coalesce("started_at", Now()),
        expected_end=None,
        error="",
    )
    if not taken:
        return None
    run = TrainingRun.objects.get(pk=run_id)
    leases.say_again(run, run.attempts)
    return run


def queue_again(runs: QuerySet[TrainingRun], **changes: int) -> None:
    """The lease of a queued run says how long its message may take before another is sent."""
    from mltraining.tasks import train  # noqa: PLC0415  # the task's module imports this one

    for run_id in runs.values_list("pk", flat=True):
        moved = runs.filter(pk=run_id, state__in=TrainingRun.UNFINISHED)
        if moved.update(state=TrainingRun.State.QUEUED, lease_until=leases.lease(MESSAGE_PATIENCE), **changes):
            train.delay_on_commit(run_id)


def sweep() -> None:
    """Runs whose message or holder was lost: again, or failed once that has happened too often."""
    abandoned = TrainingRun.objects.abandoned()
    for lost in abandoned.filter(attempts__gte=settings.MAX_ATTEMPTS):
        failed = {"state": TrainingRun.State.FAILED, "error": GAVE_UP.format(attempts=lost.attempts)}
        abandoned.filter(pk=lost.pk).update(**failed, lease_until=None, finished_at=Now())
        remove_checkpoint(lost)
    queue_again(abandoned)
