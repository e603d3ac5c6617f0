"""Search in what was said: by meaning where a worker can encode the question in time, else by words."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from pgvector.django import CosineDistance

from calls.models import Call, Turn
from mltraining.models import ModelVersion
from predictions import serving
from predictions.models import Embedding
from predictions.serving import NoActiveModel
from predictions.vectors import search_through_filters
from predictions.waiting import release_connection

LONGEST_QUERY = 500  # characters
SECONDS_TO_ENCODE = 3.0
SECONDS_BETWEEN_LOOKS = 0.05
KEPT_SECONDS = 3600
WINDOWS_A_CALL = 4  # looked at for each call wanted, as several windows of one call may match


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
    """From the cache, else asked of a worker; None if none answers in time."""
    from predictions.tasks import encode_query  # noqa: PLC0415  # the task's module imports this one

    key = f"{version.pk}-{hashlib.sha256(text.casefold().encode(errors='replace')).hexdigest()}"
    if (found := cache.get(f"query-vector:{key}")) is not None:
        return np.frombuffer(found, dtype=np.float32)
    cache.set(f"query-text:{key}", text, settings.PREDICT_PAYLOAD_SECONDS)
    encode_query.delay(key)
    release_connection()
    deadline = time.monotonic() + min(SECONDS_TO_ENCODE, settings.PREDICT_WAIT_SECONDS)
    while time.monotonic() < deadline:
        if (found := cache.get(f"query-vector:{key}")) is not None:
            return np.frombuffer(found, dtype=np.float32)
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return None


def encode(key: str) -> None:
    """The worker's side. A question asked of a version that is not served any more stays without an answer."""
    text = cache.get(f"query-text:{key}")
    served = serving.served()
    if text is None or not key.startswith(f"{served.version.pk}-"):
        return
    vector = np.asarray(served.model.embed_text(text), dtype=np.float32)
    cache.set(f"query-vector:{key}", vector.tobytes(), KEPT_SECONDS)
    cache.delete(f"query-text:{key}")


def by_meaning(vector: np.ndarray, version: ModelVersion, calls: QuerySet[Call], limit: int) -> list[Hit]:
    windows = Embedding.objects.of_windows().filter(version=version, call__in=calls.values("pk")).defer("vector")
    nearest = windows.annotate(distance=CosineDistance("vector", vector)).order_by("distance")
    with transaction.atomic():
        search_through_filters()
        found = list(nearest.select_related("call__customer")[: limit * WINDOWS_A_CALL])
    best: dict[int, Embedding] = {}
    for embedding in found:
        best.setdefault(embedding.call_id, embedding)
    chosen = list(best.values())[:limit]
    turns = turns_at([(each.call_id, each.first_turn) for each in chosen])
    return [hit for each in chosen if (hit := hit_of(each, turns))]


def hit_of(embedding: Any, turns: Mapping[tuple[int, int], Turn]) -> Hit | None:
    """`embedding` has been annotated with its distance."""
    turn = turns.get((embedding.call_id, embedding.first_turn))
    return Hit(embedding.call, turn.index, turn.role, turn.text, 1 - embedding.distance) if turn else None


def turns_at(places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Turn]:
    rows = Turn.objects.filter(call__in={call for call, _ in places}, index__in={index for _, index in places})
    return {(turn.call_id, turn.index): turn for turn in rows}


def by_words(text: str, calls: QuerySet[Call], limit: int) -> list[Hit]:
    """The first passage of each call that holds all the words, newest calls first."""
    said = Turn.objects.annotate(words=SearchVector("text", config="simple")).filter(
        words=SearchQuery(text, config="simple"), call__in=calls.values("pk")
    )
    first = said.order_by("-call__started_at", "-call_id", "index").select_related("call__customer")
    best: dict[int, Turn] = {}
    for turn in first[: limit * WINDOWS_A_CALL]:
        best.setdefault(turn.call_id, turn)
    return [Hit(turn.call, turn.index, turn.role, turn.text, None) for turn in list(best.values())[:limit]]
