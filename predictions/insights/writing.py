"""Writes the insight of a call, once for each input, and finds the calls that still wait for one."""

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from calls import leases
from calls.models import Call, Turn
from predictions import insight_attempts, trackers
from predictions.insight_attempts import InsightAttemptQuerySet, Work
from predictions.insights import chain, providers, spending
from predictions.insights.failure import NOT_ASKED, InsightFailed
from predictions.models import Insight, InsightAttempt, Prediction, PredictionQuerySet
from predictions.trackers import Hit

log = logging.getLogger(__name__)

LOOKED_AT = 1_000


@dataclass(frozen=True)
class Request:
    """All that an insight is made from; the same request never needs a second answer."""

    call: Call
    turns: list[Turn]
    prediction: Prediction | None
    hits: list[Hit]
    model: str
    in_place_of: str = ""  # the language model that gave no answer

    @property
    def input_hash(self) -> str:
        parts = [
            self.model + self.in_place_of,
            chain.TASK.messages,
            [(turn.role, turn.text) for turn in self.turns],
            self.prediction and [self.prediction.pk, self.prediction.reasons],
            self.hits,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def key(self) -> dict[str, object]:
        return {
            "call": self.call,
            "kind": chain.KIND,
            "prompt_version": chain.PROMPT_VERSION,
            "input_hash": self.input_hash,
        }

    @property
    def attempt(self) -> InsightAttemptQuerySet:
        return insight_attempts.at(self.call.pk, Work.INSIGHT, self.input_hash)


def write(call_id: int) -> Insight | None:
    """The insight of a call as it stands now, made if there is none. May run twice.

    Where the language model fails, which is logged, an extractive insight says so in its place, and the sweep tries
    again up to MAX_ATTEMPTS times a day. None: no such call, or not parsed; or another worker is at it.
    """
    call = Call.objects.filter(pk=call_id).first()
    if call is None or not call.is_readable:
        return None
    request = requested(call)
    insight = Insight.objects.filter(**request.key).first()
    if insight or not insight_attempts.begun(call_id, Work.INSIGHT, request.input_hash):
        return insight
    if insight := Insight.objects.filter(**request.key).first():  # another worker wrote it between the two lines above
        request.attempt.delete()
        return insight
    with insight_attempts.noted(request.attempt):
        return made(request)


def made(request: Request) -> Insight | None:
    try:
        return answered(request)
    except InsightFailed as error:
        log.warning("No insight of call %s: %s", request.call.pk, error)
        note_failure(request, error)
        return answered(replace(request, model=providers.EXTRACTIVE, in_place_of=request.model), error.for_readers)


def requested(call: Call) -> Request:
    turns = list(call.turns.order_by("index"))
    prediction = call.predictions.filter(is_partial=False).newest_first().first()
    hits = trackers.hits(turns, language=call.language)
    return Request(call, turns, prediction, hits, settings.INSIGHTS_MODEL)


def answered(request: Request, instead_of: str = "") -> Insight | None:
    """`instead_of`: why a language model gave no answer, in words for readers."""
    started = perf_counter()
    reasons = request.prediction.reasons if request.prediction else []
    with leases.kept(partial(insight_attempts.prolong, request.attempt)):
        answer = chain.analyse(request.turns, reasons, request.hits, model=request.model)
    content = answer.content | ({"notice": f"{instead_of} {chain.NOTICE}"} if instead_of else {})
    values = {
        "model": request.model,
        "instead_of": instead_of,
        "content": content,
        "quotes_kept": answer.quotes_kept,
        "quotes_dropped": answer.quotes_dropped,
        "tokens_in": answer.tokens_in,
        "tokens_out": answer.tokens_out,
        "cost": spending.cost_of(answer.tokens_in, answer.tokens_out),
        "latency_ms": (perf_counter() - started) * 1000,
    }
    from predictions.tasks import find_risks  # noqa: PLC0415  # the task's module imports this one

    with transaction.atomic():
        if not Call.objects.staying([request.call.pk]):
            return None  # erased meanwhile
        request.attempt.delete()
        find_risks.delay_on_commit(request.call.pk)
        return Insight.objects.get_or_create(**request.key, defaults=values)[0]


def note_failure(request: Request, error: InsightFailed) -> None:
    """A model that was not asked made no attempt; what it refuses once it refuses again."""
    counted = {"bad_request": settings.MAX_ATTEMPTS} | dict.fromkeys(NOT_ASKED, F("attempts") - 1)
    attempts = counted.get(error.code, F("attempts"))
    insight_attempts.failed(request.attempt, error.for_readers, attempts)


def newest_scores(*, before: datetime | Combinable) -> PredictionQuerySet:
    """The newest full score of each call, where that was written before a moment."""
    later = Prediction.objects.filter(call=OuterRef("call"), is_partial=False, created_at__gt=OuterRef("created_at"))
    return Prediction.objects.filter(~Exists(later), is_partial=False, created_at__lt=before)


# Of a score: an insight was written after it, by the model that is to write it.
HAS_INSIGHT = Exists(
    Insight.objects.filter(
        call=OuterRef("call"),
        kind=chain.KIND,
        prompt_version=chain.PROMPT_VERSION,
        instead_of="",
        created_at__gte=OuterRef("created_at"),
    )
)


def overdue(limit: int = 50) -> list[int]:
    """Scored calls whose newest score has no insight after a lease, and whom nobody is at, newest first.

    Each is named once in a lease: a message that comes twice finds nothing to do.
    """
    resting = InsightAttempt.objects.resting().filter(
        call=OuterRef("call"), work=Work.INSIGHT, begun_at__gte=OuterRef("created_at")
    )
    fresh = newest_scores(before=Now() - timedelta(seconds=settings.LEASE_SECONDS))
    waiting = fresh.filter(~HAS_INSIGHT, ~Exists(resting)).order_by("-created_at")
    keys = {f"insight-overdue:{call_id}": call_id for call_id in waiting.values_list("call", flat=True)[:LOOKED_AT]}
    already = cache.get_many(keys)
    named = [key for key in keys if key not in already][:limit]
    return [keys[key] for key in named if cache.add(key, 1, settings.LEASE_SECONDS)]
