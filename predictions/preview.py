"""Before a promotion: what a candidate would say of the open calls that the version in use has scored.

A worker scores them in bulk; nothing of it is a score of a call, so that nobody but a preview shows it.
"""

import logging
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now

from calls import leases
from calls.models import Call
from calls.progress import Pace
from calls.refusal import Refusal
from mltraining import registry
from mltraining.examples import examples_from
from mltraining.models import ModelVersion
from predictions import vectors
from predictions.models import Prediction, Preview, PreviewedScore
from predictions.promotion import MESSAGE_PATIENCE
from predictions.serving import MODEL_ERRORS, Served

log = logging.getLogger(__name__)

MOST_CALLS = 1000  # a minute or two of a small machine


class PreviewRefused(Refusal):
    """There is nothing to compare; `code` says why."""

    code = "preview_refused"


class PreviewOver(Exception):
    """It was asked for anew after its lease had run out: another worker makes it."""


def ask(version: ModelVersion) -> Preview:
    """Asks a worker for it; one that is under way goes on, one from before is replaced. Raises PreviewRefused."""
    from predictions.tasks import write_preview  # noqa: PLC0415  # the task's module imports this one

    version.refresh_from_db()
    if version.state != ModelVersion.State.CANDIDATE:
        hint = "Ask for that of a candidate: of a version that may be promoted."
        raise PreviewRefused(f"{version} is {version.state}.".capitalize(), code="not_a_candidate", hint=hint)
    version_in_use(version)
    preview, _ = Preview.objects.get_or_create(version=version)
    idle = Preview.objects.filter(pk=preview.pk).exclude(pk__in=Preview.objects.under_way())
    begin = {"state": Preview.State.ASKED, "error": "", "calls_done": 0, "calls_total": 0, "expected_end": None}
    if idle.update(lease_until=leases.lease(MESSAGE_PATIENCE), **begin):
        write_preview.delay_on_commit(preview.pk)
    preview.refresh_from_db()
    return preview


def version_in_use(version: ModelVersion) -> ModelVersion:
    """The one that `version` would take over from."""
    active = registry.active()
    if active is None or active == version:
        hint = "Promote it: it takes no other version's place."
        raise PreviewRefused("No other version is active.", code="nothing_to_compare_with", hint=hint)
    return active


def write(preview_id: int) -> None:
    """The job. A message that comes twice finds nothing to do."""
    preview = claim(preview_id)
    if preview is None:
        return
    try:
        compare(preview, version_in_use(preview.version))
    except PreviewOver:
        log.warning("%s is in other hands", preview)
    except (PreviewRefused, registry.DamagedArtefact, *MODEL_ERRORS) as error:
        log.exception("%s failed", preview)
        held(preview).update(state=Preview.State.FAILED, error=str(error), lease_until=None)


def claim(preview_id: int) -> Preview | None:
    asked = Preview.objects.filter(pk=preview_id, state=Preview.State.ASKED)
    taken = asked.update(state=Preview.State.RUNNING, attempts=F("attempts") + 1, lease_until=leases.lease())
    return Preview.objects.select_related("version").get(pk=preview_id) if taken else None


def held(preview: Preview) -> QuerySet[Preview]:
    return Preview.objects.filter(pk=preview.pk, state=Preview.State.RUNNING, attempts=preview.attempts)


def change(preview: Preview, **values: object) -> None:
    if not held(preview).update(**values):
        raise PreviewOver(str(preview))


def compare(preview: Preview, active: ModelVersion) -> None:
    scored = open_calls(active)
    newest, count = list(scored[:MOST_CALLS]), scored.count()
    change(preview, calls_total=len(newest), lease_until=leases.lease())
    served = Served(preview.version, registry.load(preview.version))
    keep(preview, list(scores(preview, served, newest)), against=active, open_calls=count)


def open_calls(active: ModelVersion) -> QuerySet[Call, tuple[int, int]]:
    """Ids of calls without an outcome and with a score by the version, newest first, and of its newest score."""
    newest = Prediction.objects.filter(call=OuterRef("pk"), version=active, is_partial=False).newest_first()
    found = Call.objects.ready().filter(outcome="").annotate(score_before=Subquery(newest.values("pk")[:1]))
    scored = found.exclude(score_before=None).order_by("-started_at", "-pk")
    return scored.values_list("pk", "score_before")


def scores(preview: Preview, served: Served, newest: Sequence[tuple[int, int]]) -> Iterator[PreviewedScore]:
    """Unsaved. `newest` are ids of calls and of their scores before."""
    pace = Pace(len(newest))
    for start in range(0, len(newest), settings.SCORING_BATCH):
        before = dict(newest[start : start + settings.SCORING_BATCH])
        calls = list(Call.objects.filter(pk__in=before))
        examples = examples_from(calls)
        with leases.kept(lambda: held(preview).update(lease_until=leases.lease())):
            found = served.model.score(examples, vectors.encode(served, calls, examples))
        end = pace.end_after(len(before))
        change(preview, calls_done=F("calls_done") + len(before), expected_end=end, lease_until=leases.lease())
        for call, score in zip(calls, found, strict=True):
            yield PreviewedScore(preview=preview, before_id=before[call.pk], probability=score.probability)


@transaction.atomic
def keep(preview: Preview, rows: Sequence[PreviewedScore], **result: object) -> None:
    """In place of the result before; calls that were erased meanwhile are left out."""
    change(preview, state=Preview.State.DONE, made_at=Now(), lease_until=None, **result)
    preview.scores.all().delete()
    before = Prediction.objects.filter(pk__in=[row.before_id for row in rows]).order_by("pk")
    there = set(before.select_for_update(no_key=True).values_list("pk", flat=True))
    PreviewedScore.objects.bulk_create(row for row in rows if row.before_id in there)
