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
from django.db.models import Exists, OuterRef
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from calls.models import Call, Turn
from predictions import trackers
from predictions.insights import chain, providers, spending
from predictions.insights.failure import NOT_ASKED, InsightFailed
from predictions.models import Insight, Prediction, PredictionQuerySet
from predictions.trackers import Hit

log = logging.getLogger(__name__)

LEASE_SECONDS = 10 * 60  # also the pause before a failed attempt is made again
ATTEMPTS_KEPT_SECONDS = 24 * 3600
PATIENCE = 2  # leases; a fresh score has its task in the queue
MESSAGE_PATIENCE = 10  # leases, before a call is named once more
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


def write(call_id: int) -> Insight | None:
    """The insight of a call as it stands now, made if there is none. May run twice.

    Where the language model fails, which is logged, an extractive insight says so in its place, and the sweep tries
    again up to MAX_ATTEMPTS times. None: no such call, or not parsed; or another worker is at it.
    """
    call = Call.objects.filter(pk=call_id).first()
    if call is None or not call.is_readable:
        return None
    request = requested(call)
    insight = Insight.objects.filter(**request.key).first()
    if insight or not claimed(request):
        return insight
    try:
        return answered(request)
    except InsightFailed as error:
        log.warning("No insight of call %s: %s", call_id, error)
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
    answer = chain.analyse(request.turns, reasons, request.hits, model=request.model, between=partial(hold, request))
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
        find_risks.delay_on_commit(request.call.pk)
        return Insight.objects.get_or_create(**request.key, defaults=values)[0]


def claimed(request: Request) -> bool:
    """One worker at a time may ask a language model for one input, and only so many times a day."""
    if request.model == providers.EXTRACTIVE:
        return True
    if cache.get(attempts_key(request), 0) >= settings.MAX_ATTEMPTS:
        return False
    if not cache.add(lease_key(request), 1, LEASE_SECONDS):
        return False
    cache.add(attempts_key(request), 0, ATTEMPTS_KEPT_SECONDS)
    cache.incr(attempts_key(request))
    return True


def attempts_key(request: Request) -> str:
    return f"insight-attempts:{request.input_hash}"


def lease_key(request: Request) -> str:
    return f"insight-lease:{request.input_hash}"


def hold(request: Request) -> None:
    """Another question follows: the lease begins anew."""
    cache.touch(lease_key(request), LEASE_SECONDS)


def note_failure(request: Request, error: InsightFailed) -> None:
    """A model that was not asked made no attempt; what it refuses once it refuses again."""
    if error.code in NOT_ASKED:
        cache.decr(attempts_key(request))
    elif error.code == "bad_request":
        cache.set(attempts_key(request), settings.MAX_ATTEMPTS, ATTEMPTS_KEPT_SECONDS)


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
    """Scored calls whose newest score has no insight yet, newest first; each is named once in ten leases."""
    patience = timedelta(seconds=settings.LEASE_SECONDS * PATIENCE)
    waiting = newest_scores(before=Now() - patience).filter(~HAS_INSIGHT).order_by("-created_at")
    keys = {f"insight-overdue:{call_id}": call_id for call_id in waiting.values_list("call", flat=True)[:LOOKED_AT]}
    already = cache.get_many(keys)
    again = settings.LEASE_SECONDS * MESSAGE_PATIENCE
    return [keys[key] for key in [key for key in keys if key not in already][:limit] if cache.add(key, 1, again)]
