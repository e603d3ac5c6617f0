"""Scores, one a row, each with the version that gave it."""

from collections.abc import Iterator

from predictions.exports.asked import ROWS_AT_ONCE, Asked
from predictions.exports.calls import key_of
from predictions.exports.lines import Row
from predictions.models import Prediction, PredictionQuerySet

COLUMNS = (
    "source", "external_id", "started_at", "scored_at", "version", "version_state", "probability", "band", "reason",
    "turns_seen", "is_partial",
)  # fmt: skip


def seen(asked: Asked) -> PredictionQuerySet:
    """None of calls of which the person is to guess the score first."""
    scores = Prediction.objects.filter(call__in=asked.calls().order_by())
    return scores if asked.user is None else scores.revealed_to(asked.user)


def count(asked: Asked) -> int:
    return seen(asked).count()


def rows(asked: Asked) -> Iterator[Row]:
    """As JSON lines also with the probability after each turn."""
    scores = seen(asked).select_related("call", "version").defer("reasons").order_by("pk")
    return map(row, scores.iterator(ROWS_AT_ONCE))


def named(score: Prediction) -> Row:
    return {**key_of(score.call), "scored_at": score.created_at, "version": score.version_id}


def row(score: Prediction) -> Row:
    return {
        **named(score),
        "version_state": score.version.state,
        "probability": score.probability,
        "band": score.band,
        "reason": score.reason,
        "turns_seen": score.turns_seen,
        "is_partial": score.is_partial,
        "curve": score.curve,
    }
