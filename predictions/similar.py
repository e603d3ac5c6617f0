"""Calls like a given one, won and lost, with the passage in which they are most alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from pgvector.django import CosineDistance

from calls.models import Call, Outcome, Turn, User
from mltraining.models import ModelVersion
from predictions.models import Embedding
from predictions.vectors import search_through_filters

# For each neighbour the pair of windows that lie closest; computed where the vectors lie.
CLOSEST_WINDOWS = """
    SELECT DISTINCT ON (theirs.call_id) theirs.call_id, theirs.first_turn, mine.first_turn
    FROM predictions_embedding theirs, predictions_embedding mine
    WHERE theirs.call_id = ANY(%s) AND theirs.version_id = %s AND theirs."window" IS NOT NULL
      AND mine.call_id = %s AND mine.version_id = %s AND mine."window" IS NOT NULL
    ORDER BY theirs.call_id, theirs.vector <=> mine.vector, theirs.first_turn, mine.first_turn
"""


@dataclass(frozen=True)
class Passage:
    turn: int  # of the neighbour
    role: str
    text: str
    own_turn: int  # of the given call


@dataclass(frozen=True)
class Neighbour:
    call: Call
    similarity: float  # cosine, 1 = the same
    passage: Passage | None = None


def similar_calls(call: Call, user: User, limit: int = 5, outcome: str | None = None) -> list[Neighbour]:
    """Up to `limit` neighbours of each outcome (or of the one asked for) that the user may see, nearest first.

    Empty while the call has no vector by the active version, or awaits the user's guess. The given call
    itself has been checked by the caller.
    """
    version = ModelVersion.objects.active()
    if version is None:
        return []
    with transaction.atomic():
        search_through_filters()
        own = Embedding.objects.revealed_to(user).of_calls().filter(call=call, version=version).first()
        if own is None:
            return []
        found = [
            embedding
            for wanted in ([outcome] if outcome else Outcome.values)
            for embedding in nearest(own, user, wanted)[:limit]
        ]
    passages = closest_passages(own, [embedding.call_id for embedding in found])
    return sorted(
        (Neighbour(each.call, 1 - each.distance, passages.get(each.call_id)) for each in found),
        key=lambda neighbour: -neighbour.similarity,
    )


def nearest(own: Embedding, user: User, outcome: str) -> QuerySet[Embedding, Any]:
    return (
        Embedding.objects.of_calls()
        .filter(version=own.version_id, call__in=Call.objects.visible_to(user).filter(outcome=outcome))
        .exclude(call=own.call_id)
        .select_related("call__customer")
        .alias(near=CosineDistance("vector", own.vector))
        .annotate(distance=CosineDistance("vector", own.vector))
        .defer("vector")
        .order_by("near")
    )


def closest_passages(own: Embedding, call_ids: list[int]) -> Mapping[int, Passage]:
    with connection.cursor() as cursor:
        cursor.execute(CLOSEST_WINDOWS, [call_ids, own.version_id, own.call_id, own.version_id])
        places = {call_id: (turn, own_turn) for call_id, turn, own_turn in cursor.fetchall()}
    turns = Turn.objects.filter(call__in=places, index__in={turn for turn, _ in places.values()})
    by_place = {(turn.call_id, turn.index): turn for turn in turns}
    return {
        call_id: Passage(index, turn.role, turn.text, own_turn)
        for call_id, (index, own_turn) in places.items()
        if (turn := by_place.get((call_id, index)))
    }
