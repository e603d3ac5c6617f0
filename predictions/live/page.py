"""What the page of a running call says: how it stands, what moved it, what was not mentioned yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from calls.models import User
from mltraining.models import ModelVersion
from predictions import charts, trackers
from predictions.charts import is_number
from predictions.live.models import LiveCall, LiveTurn
from predictions.models import Band, Tracker
from predictions.reasons import SHOWN, Reason, mark
from predictions.timeline import timeline

LEAST_MOVE = 0.005  # log-odds; less moves no probability that is shown


def live_page(live: LiveCall, user: User) -> dict[str, Any]:
    turns = list(live.turns.all())
    conceals = live.conceals_score_from(user)
    bands, watched = list(Band.objects.all()), trackers.watched()
    hits = trackers.hits(turns, watched)
    words = sum(len(turn.text.split()) for turn in turns)
    context: dict[str, Any] = {
        "live": live,
        "turns": turns,
        "missing": live.missing(),
        "conceals": conceals,
        "timeline": timeline(turns, [] if conceals else live.curve, bands, hits),
        "open_trackers": not_mentioned(watched, hits),
        "words": words,
        "last_event": live.events.order_by("-sequence").values_list("sequence", flat=True).first() or 0,
    }
    return context if conceals or live.version is None else context | standing(live, live.version, turns, bands, words)


def standing(
    live: LiveCall, version: ModelVersion, turns: Sequence[LiveTurn], bands: Sequence[Band], words: int
) -> dict[str, Any]:
    risen, fallen = moved(turns, live.moves)
    mark("for", risen)
    mark("against", fallen)
    rate = version.base_rate
    return {
        "prediction": live,  # as the scale's template calls what has a probability
        "base_rate": rate,
        "scale": None if live.probability is None else charts.scale(live.probability, bands, rate),
        "sides": [("for", "Moved it up", risen), ("against", "Moved it down", fallen)],
        "quality": quality(version.report, words),
    }


def moved(turns: Sequence[LiveTurn], moves: Sequence[float]) -> tuple[list[Reason], list[Reason]]:
    """The turns that moved it most, up and down, strongest first."""
    felt = [(turn, move) for turn, move in zip(turns, moves, strict=False) if abs(move) >= LEAST_MOVE]
    felt.sort(key=lambda pair: -abs(pair[1]))
    strongest = abs(felt[0][1]) if felt else 1.0
    reasons = [Reason(turn.text, turn, move, round(100 * abs(move) / strongest, 1)) for turn, move in felt]
    risen = [reason for reason in reasons if reason.contribution > 0]
    fallen = [reason for reason in reasons if reason.contribution < 0]
    return risen[:SHOWN], fallen[:SHOWN]


def not_mentioned(watched: Sequence[Tracker], hits: Sequence[trackers.Hit]) -> list[Tracker]:
    mentioned = {hit["tracker"] for hit in hits}
    return [tracker for tracker in watched if tracker.name not in mentioned and trackers.phrases_of(tracker)]


def quality(report: Mapping[str, Any], words: int) -> Mapping[str, Any] | None:
    """How good scores were after about so many words in calls that went on; None where that was not measured."""
    measured = [row for row in report.get("by_words") or () if is_number(row.get("auc")) and row["words"] <= words]
    return measured[-1] if measured else None
