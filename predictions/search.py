"""Search in what was said: by meaning where a worker can encode the question in time, else by words."""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError
from pgvector.django import CosineDistance
from redis.exceptions import RedisError

from calls.models import Call, Turn
from mltraining.models import ModelVersion
from predictions import serving
from predictions.models import Embedding
from predictions.serving import NoActiveModel
from predictions.vectors import search_through_filters
from predictions.waiting import release_connection

log = logging.getLogger(__name__)

LONGEST_QUERY = 500  # characters
SECONDS_TO_ENCODE = 3.0
SECONDS_BETWEEN_LOOKS = 0.05
KEPT_SECONDS = 3600
ROWS_AT_ONCE = 200  # read from the index, which then goes on from there

Place = tuple[int, int, float]  # call, first turn of the window, cosine distance


@dataclass(frozen=True)
class Hit:
    call: Call
    turn: int
    role: str
    text: str
    similarity: float | None  # cosine; None: found by its words


@dataclass(frozen=True)
class Found:
    hits: list[Hit]  # the best passage of each call, best first
    by_meaning: bool


def search(text: str, calls: QuerySet[Call], limit: int = 20) -> Found:
    """Among `calls`, which the asker may see: by meaning, or by words where no worker answers in time.

    Raises NoActiveModel.
    """
    hits = meant(text, calls, limit)
    return Found(by_words(tidy(text), calls, limit), False) if hits is None else Found(hits, True)


def meant(text: str, calls: QuerySet[Call], limit: int) -> list[Hit] | None:
    """None where no worker encodes the question in time. Raises NoActiveModel."""
    version = ModelVersion.objects.active()
    if version is None:
        raise NoActiveModel
    if not (asked := tidy(text)):
        return []
    vector = query_vector(asked, version)
    return None if vector is None else by_meaning(vector, version, calls, limit)


def tidy(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())[:LONGEST_QUERY]


def query_vector(text: str, version: ModelVersion) -> np.ndarray | None:
    """From the cache, else asked of a worker; None if none answers in time, or nobody can be asked."""
    try:
        return asked_of_worker(text, version)
    except (RedisError, OperationalError) as error:
        log.warning("A question is not encoded: the cache or the task queue does not answer (%s)", error)
        return None


def asked_of_worker(text: str, version: ModelVersion) -> np.ndarray | None:
    from predictions.tasks import encode_query  # noqa: PLC0415  # the task's module imports this one

    key = f"{version.pk}-{hashlib.sha256(text.casefold().encode(errors='replace')).hexdigest()}"
    if (found := cache.get(f"query-vector:{key}")) is not None:
        return np.asarray(found, dtype=np.float32)
    cache.set(f"query-text:{key}", text, settings.PREDICT_PAYLOAD_SECONDS)
    encode_query.delay(key)
    release_connection()
    deadline = time.monotonic() + min(SECONDS_TO_ENCODE, settings.PREDICT_WAIT_SECONDS)
    while time.monotonic() < deadline:
        if (found := cache.get(f"query-vector:{key}")) is not None:
            return np.asarray(found, dtype=np.float32)
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return None


def encode(key: str) -> None:
    """The worker's side. A question asked of a version that is not served any more stays without an answer."""
    text = cache.get(f"query-text:{key}")
    served = serving.served()
    if text is None or not key.startswith(f"{served.version.pk}-"):
        return
    vector = np.asarray(served.model.embed_text(text), dtype=np.float32)
    cache.set(f"query-vector:{key}", vector.tolist(), KEPT_SECONDS)
    cache.delete(f"query-text:{key}")


def by_meaning(vector: np.ndarray, version: ModelVersion, calls: QuerySet[Call], limit: int) -> list[Hit]:
    windows = Embedding.objects.of_windows().filter(version=version, call__in=calls.values("pk"))
    with transaction.atomic():
        search_through_filters()
        best = nearest(windows, vector, limit)
    turns = turns_at([(call, index) for call, index, _ in best])
    return [
        Hit(turn.call, turn.index, turn.role, turn.text, 1 - distance)
        for call, index, distance in best
        if (turn := turns.get((call, index)))
    ]


def nearest(windows: QuerySet[Embedding], vector: np.ndarray, limit: int) -> list[Place]:
    """The best window of each of the `limit` nearest calls.

    The index is read until it has named so many calls, however many windows of one call come first. Where it gives up
    before, the calls that it has not named are compared one by one.
    """
    measured = windows.annotate(distance=CosineDistance("vector", vector))
    rows = measured.values_list("call_id", "first_turn", "distance")
    best: dict[int, Place] = {}
    for row in rows.order_by("distance").iterator(ROWS_AT_ONCE):
        best.setdefault(row[0], row)
        if len(best) == limit:
            return list(best.values())
    rest = rows.exclude(call__in=best).order_by("call_id", "distance").distinct("call_id")
    return sorted([*best.values(), *rest], key=lambda row: row[2])[:limit]


def turns_at(places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Turn]:
    rows = Turn.objects.filter(call__in={call for call, _ in places}, index__in={index for _, index in places})
    return {(turn.call_id, turn.index): turn for turn in rows.select_related("call__customer")}


def by_words(text: str, calls: QuerySet[Call], limit: int) -> list[Hit]:
    """The first passage of each call that holds all the words, newest calls first."""
    said = Turn.objects.annotate(words=SearchVector("text", config="simple")).filter(
        words=SearchQuery(text, config="simple")
    )
    holding = calls.filter(pk__in=said.values("call")).select_related("customer")
    newest = list(holding.order_by("-started_at", "-pk")[:limit])
    found = said.filter(call__in=[call.pk for call in newest]).order_by("call_id", "index").distinct("call_id")
    first = {turn.call_id: turn for turn in found}
    return [Hit(call, turn.index, turn.role, turn.text, None) for call in newest if (turn := first.get(call.pk))]
