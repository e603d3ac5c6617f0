"""Which version serves: promoted, gone back from, retired. Each is one audited row, the long part a resumable job.

A version becomes active when its vectors of every call are written. The one it takes over from becomes a candidate
again and keeps its vectors, so that going back is immediate; only `retire` takes a version out for good.
"""

import logging
from contextlib import suppress

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest, Now

from calls import leases
from calls.models import Call, User
from calls.progress import Pace
from calls.refusal import Refusal
from mltraining import registry
from mltraining.examples import examples_from
from mltraining.models import ModelVersion, Promotion
from predictions import vectors
from predictions.models import Embedding
from predictions.serving import MODEL_ERRORS, Served
from predictions.webhooks import telling

log = logging.getLogger(__name__)

MESSAGE_PATIENCE = 10  # leases; a waiting promotion is queued again after so long without a start
GAVE_UP = "It was started {attempts} times and never came to an end: its worker was killed or the database away."
WRITING = Promotion.State.WRITING_VECTORS


class PromotionRefused(Refusal):
    """The version may not change its place now; `code` says why."""

    code = "promotion_refused"


class NotReady(PromotionRefused):
    """The verdict is against it, and nobody took the responsibility."""

    code = "not_ready"


class PromotionOver(Exception):
    """Another worker holds the job, or it was closed."""


def promote(version: ModelVersion, by: User | None, override: str = "") -> Promotion:
    """Starts writing the version's vectors; a worker makes it active when they are all there.

    Asked again while that runs, answers with the same row. Raises NotReady or PromotionRefused.
    """
    version.refresh_from_db()
    if version.state != ModelVersion.State.CANDIDATE:
        raise PromotionRefused(f"{version} is {version.state}.".capitalize(), code=f"already_{version.state}")
    override = override.replace("\0", "").strip()
    if version.verdict == ModelVersion.Verdict.NOT_READY and not override:
        raise NotReady(
            f"{version} is not ready.".capitalize(),
            hint='Give a reason as "override" to promote it all the same; it is kept with your name.',
            fields={"reasons": version.verdict_reasons},
        )
    return begin(Promotion.Action.PROMOTE, version, by, override=override)


def revert(version: ModelVersion, by: User | None) -> Promotion:
    """Goes back from the active version to the one before it: at once, unless that one lacks vectors of newer calls."""
    version.refresh_from_db()
    if not version.is_active:
        raise PromotionRefused(f"{version} is not the active one.".capitalize(), code="not_active")
    before = version_before(version)
    if before is None:
        hint = "Promote another version instead."
        raise PromotionRefused("There is no earlier version to go back to.", code="nothing_to_revert_to", hint=hint)
    promotion = begin(Promotion.Action.REVERT, before, by)
    if promotion.state == WRITING and not missing(before).exists():
        with suppress(PromotionOver):  # its message reached a worker meanwhile, who does the same
            complete(promotion)
        promotion.refresh_from_db()
    return promotion


def version_before(version: ModelVersion) -> ModelVersion | None:
    """The one that was active when this one was promoted; where that was retired, the one before that."""
    met = {version.pk}
    while True:
        promoted = version.promotions.filter(action=Promotion.Action.PROMOTE, state=Promotion.State.DONE).first()
        before = promoted.previous if promoted else None
        if before is None or before.pk in met:
            return None
        if before.state != ModelVersion.State.RETIRED:
            return before
        met.add(before.pk)
        version = before


def retire(version: ModelVersion, by: User | None) -> Promotion:
    """Takes a version out for good. The active one cannot be: another must take over first."""
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if version.is_active:
            hint = "Promote or revert to another version first."
            raise PromotionRefused(f"{version} is the active one.".capitalize(), code="is_active", hint=hint)
        if version.promotions.filter(state=WRITING).exists():
            raise PromotionRefused(f"{version} is being promoted.".capitalize(), code="being_promoted")
        version.state = ModelVersion.State.RETIRED
        version.save(update_fields=["state"])
        done = {"action": Promotion.Action.RETIRE, "state": Promotion.State.DONE}
        return Promotion.objects.create(version=version, requested_by=by, finished_at=Now(), **done)


def begin(action: str, version: ModelVersion, by: User | None, *, override: str = "") -> Promotion:
    """A row for the job and a message for a worker; the row that is there, if the job already runs.

    That one takes the reason for an override if it has none yet.
    """
    from predictions.tasks import write_vectors  # noqa: PLC0415  # the task's module imports this one

    try:
        with transaction.atomic():
            promotion = Promotion.objects.create(
                version=version,
                previous=ModelVersion.objects.active(),
                action=action,
                state=WRITING,
                override=override,
                requested_by=by,
                lease_until=leases.lease(MESSAGE_PATIENCE),
            )
    except IntegrityError:
        running = version.promotions.filter(state=WRITING)
        if override:
            running.filter(override="").update(override=override)
        return running.get()
    write_vectors.delay_on_commit(promotion.pk)
    return promotion


def missing(version: ModelVersion) -> QuerySet[Call]:
    """Readable calls with words in them that have no vector by the version."""
    written = Embedding.objects.of_calls().filter(call=OuterRef("pk"), version=version)
    return Call.objects.ready().filter(~Exists(written), word_count__gt=0).order_by("pk")


def write_vectors(promotion_id: int) -> None:
    """The job: all vectors, then the change of places. Safe to run twice; goes on where a killed worker stopped."""
    promotion = claim(promotion_id)
    if promotion is None:
        return
    try:
        write_all(promotion)
        complete(promotion)
    except PromotionOver:
        log.warning("%s is in other hands", promotion)
    except (registry.DamagedArtefact, *MODEL_ERRORS) as error:
        log.exception("%s failed", promotion)
        fail(promotion, str(error))


def fail(promotion: Promotion, error: str) -> None:
    held(promotion).update(state=Promotion.State.FAILED, error=error, finished_at=Now(), lease_until=None)


def claim(promotion_id: int) -> Promotion | None:
    """Takes the job if it waits for its first start, or if its holder is gone."""
    free = Q(attempts=0) | Q(lease_until__lt=Now())
    waiting = Promotion.objects.filter(free, pk=promotion_id, state=WRITING, attempts__lt=settings.MAX_ATTEMPTS)
    taken = waiting.update(attempts=F("attempts") + 1, expected_end=None, lease_until=leases.lease())
    if not taken:
        return None
    promotion = Promotion.objects.select_related("version").get(pk=promotion_id)
    leases.say_again(promotion, promotion.attempts)
    return promotion


def held(promotion: Promotion) -> QuerySet[Promotion]:
    return Promotion.objects.filter(pk=promotion.pk, state=WRITING, attempts=promotion.attempts)


def write_all(promotion: Promotion) -> None:
    version = promotion.version
    total, left = Call.objects.ready().count(), missing(version).count()
    advance(promotion, calls_done=total - left, calls_total=total)
    if not left:
        return
    served = Served(version, registry.load(version))
    last, pace = 0, Pace(left)
    while batch := list(missing(version).filter(pk__gt=last)[: settings.SCORING_BATCH]):
        with leases.kept(lambda: held(promotion).update(lease_until=leases.lease())):
            encoded = served.model.encode(examples_from(batch))
            wholes = served.model.call_vectors(encoded)
        with transaction.atomic():
            there = Call.objects.staying(call.pk for call in batch)  # the others were erased meanwhile
            every = [each for each in zip(batch, encoded, wholes, strict=True) if each[0].pk in there]
            vectors.write(row for call, read, _ in every for row in vectors.of_windows(version, call, read))
            vectors.write(row for each in every for row in vectors.of_call(version, *each))
            done = F("calls_done") + len(every)
            within, end = Greatest(F("calls_total"), done), pace.end_after(len(batch))
            advance(promotion, calls_done=done, calls_total=within, expected_end=end)
        last = batch[-1].pk


def advance(promotion: Promotion, **progress: object) -> None:
    """Progress and lease in one write; raises PromotionOver if the job is not ours any more."""
    if not held(promotion).update(lease_until=leases.lease(), **progress):
        raise PromotionOver(str(promotion))


def complete(promotion: Promotion) -> None:
    """The change of places and the end of the job, in one transaction; then the calls are scored anew."""
    from predictions.tasks import score_pending  # noqa: PLC0415  # the task's module imports this one

    with transaction.atomic():
        before = ModelVersion.objects.active()
        done = {"state": Promotion.State.DONE, "previous": before, "finished_at": Now(), "lease_until": None}
        if not held(promotion).update(**done):
            raise PromotionOver(str(promotion))
        registry.activate(promotion.version)
        telling.promoted(promotion)
        score_pending.delay_on_commit()


def sweep() -> None:
    """Jobs whose message or holder was lost: again, or failed once that has happened too often."""
    from predictions.tasks import write_vectors as again  # noqa: PLC0415  # the task's module imports this one

    lost = Promotion.objects.filter(state=WRITING, lease_until__lt=Now())
    for promotion in lost.filter(attempts__gte=settings.MAX_ATTEMPTS):
        fail(promotion, GAVE_UP.format(attempts=promotion.attempts))
    for promotion_id, attempts in lost.values_list("pk", "attempts"):
        if cache.add(f"promotion-queued:{promotion_id}:{attempts}", True, settings.LEASE_SECONDS * MESSAGE_PATIENCE):
            again.delay_on_commit(promotion_id)
