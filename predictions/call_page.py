"""What the page of one call says, put together from its score, its insight and its turns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from calls.feature_words import measured, title
from calls.models import Call, Comment, Turn, User
from mltraining.models import ModelVersion
from predictions import charts, trackers
from predictions.guesses import LIKELIHOODS, Guess, awaiting_guess
from predictions.live.models import LiveTurn
from predictions.models import Band, Prediction, ShownScore
from predictions.risks.listing import due_in
from predictions.team.beside import statistics
from predictions.timeline import timeline

MOST_REASONS = 5
FEWEST_TO_COMPARE = 10  # other calls
SECTIONS = {
    "needs": "Needs",
    "buying_signals": "Buying signals",
    "objections": "Objections",
    "competitors": "Competitors",
    "coaching": "For the next call",
}


@dataclass(frozen=True)
class Reason:
    text: str
    turn: Turn | LiveTurn | None
    contribution: float  # log-odds
    share: float  # percent of the strongest reason

    @property
    def size(self) -> float:
        return abs(self.contribution)


@dataclass(frozen=True)
class Quote:
    text: str
    turn: int | None


@dataclass(frozen=True)
class Point:
    """One thing that an insight says, with the words it rests on."""

    text: str
    quotes: list[Quote]
    detail: str = ""  # of a next step: who, and by when


def shown_prediction(call: Call, user: User) -> Prediction | None:
    return Prediction.objects.shown_of(call).revealed_to(user).select_related("version__run").first()


def is_waiting(call: Call, prediction: Prediction | None, active: ModelVersion | None) -> bool:
    """Something will still come by itself: the parse, or the score of the active version."""
    return call.state == Call.State.RECEIVED or bool(call.state == Call.State.READY and active and not prediction)


def call_page(call: Call, user: User) -> dict[str, Any]:
    active = ModelVersion.objects.active()
    turns = turns_with_threads(call)
    prediction = shown_prediction(call, user)
    bands = list(Band.objects.all())
    curve = prediction.curve if prediction else ()
    context: dict[str, Any] = {
        "call": call,
        "turns": turns,
        "active": active,
        "prediction": prediction,
        "is_waiting": is_waiting(call, prediction, active),
        "statistics": statistics(call),
        "timeline": timeline(turns, curve, bands, trackers.hits(turns, language=call.language)),
        "history": list(call.predictions.revealed_to(user).filter(is_partial=False).select_related("version")),
        "call_risks": due_in(call, user, timezone.now()),
        **guess_parts(call, user, prediction),
        **insight_sections(call, user),
    }
    if prediction:
        context |= score_parts(prediction, turns, bands) | {"standing": standing(prediction, user)}
    return context


def guess_parts(call: Call, user: User, prediction: Prediction | None) -> dict[str, Any]:
    """Whether the person is to guess before the score is shown, or what the person said before."""
    if prediction:
        return {"guess": Guess.objects.filter(call=call, person=user, probability__isnull=False).first()}
    return {"likelihoods": LIKELIHOODS.items() if awaiting_guess(user).filter(pk=call.pk).exists() else None}


def turns_with_threads(call: Call) -> list[Turn]:
    turns = list(call.turns.all())
    threads = {turn: list(thread) for turn, thread in groupby(Comment.objects.of_call(call), attrgetter("turn_id"))}
    for turn in turns:
        turn.thread = threads.get(turn.pk, ())
    return turns


def score_parts(prediction: Prediction, turns: Sequence[Turn], bands: Sequence[Band]) -> dict[str, Any]:
    speaks_for, against = split_reasons(prediction.reasons, turns)
    rate = base_rate(prediction.version.report)
    return {
        "sides": [
            ("for", "Speaks for it", speaks_for[:MOST_REASONS], speaks_for[MOST_REASONS:]),
            ("against", "Speaks against it", against[:MOST_REASONS], against[MOST_REASONS:]),
        ],
        "cited_for": cited(speaks_for),
        "cited_against": cited(against),
        "base_rate": rate,
        "scale": None if prediction.probability is None else charts.scale(prediction.probability, bands, rate),
    }


def cited(reasons: Sequence[Reason]) -> set[int]:
    """The turns that the page marks as evidence."""
    return {reason.turn.index for reason in reasons[:MOST_REASONS] if reason.turn}


def base_rate(report: Mapping[str, Any]) -> float | None:
    """The share of won calls among those that the version learned from."""
    counts = report.get("counts") or {}
    total = (counts.get("won") or 0) + (counts.get("lost") or 0)
    return counts["won"] / total if total else None


def split_reasons(reasons: Sequence[Mapping[str, Any]], turns: Sequence[Turn]) -> tuple[list[Reason], list[Reason]]:
    strongest = max((abs(reason["contribution"]) for reason in reasons), default=1.0) or 1.0
    by_index = {turn.index: turn for turn in turns}
    made = []
    for reason in reasons:
        turn = by_index.get(reason.get("turn", -1))
        said = described(reason) if reason.get("kind") == "feature" else turn.text if turn else reason.get("text", "")
        contribution = reason["contribution"]
        made.append(Reason(said, turn, contribution, round(100 * abs(contribution) / strongest, 1)))
    made.sort(key=lambda reason: -abs(reason.contribution))
    return [one for one in made if one.contribution > 0], [one for one in made if one.contribution < 0]


def described(reason: Mapping[str, Any]) -> str:
    """A feature with its value: "Talk ratio of the rep: 46 %"."""
    name = reason.get("name", "")
    return f"{title(name)}: {measured(name, reason.get('value'))}"


def standing(prediction: Prediction, user: User) -> int | None:
    """Than how many of ten other scored calls that this person sees the call is likelier, rounded down.

    None when there are too few others to say.
    """
    if prediction.probability is None:
        return None
    others = ShownScore.objects.visible_to(user).filter(version=prediction.version).exclude(call=prediction.call_id)
    below = Count("pk", filter=Q(probability__lt=prediction.probability))
    found = others.aggregate(everyone=Count("probability"), below=below)
    return 10 * found["below"] // found["everyone"] if found["everyone"] >= FEWEST_TO_COMPARE else None


def insight_sections(call: Call, user: User) -> dict[str, Any]:
    insight = call.insights.revealed_to(user).first()
    content = insight.content if insight else {}
    return {
        "insight": insight,
        "summary": content.get("summary", ""),
        "next_steps": list(points(content.get("next_steps"))),
        "risks": list(points(content.get("risks"))),
        "sections": [(title, found) for key, title in SECTIONS.items() if (found := list(points(content.get(key))))],
    }


def points(entries: Sequence[Any] | None) -> Iterator[Point]:
    """Entries of an insight: a text, a text with quotes, a next step, or a quote with its turn."""
    for entry in entries or []:
        if isinstance(entry, str):
            yield Point(entry, [])
            continue
        quotes = [Quote(quote.get("quote", ""), quote.get("turn")) for quote in entry.get("quotes") or []]
        if entry.get("quote"):
            quotes.append(Quote(entry["quote"], entry.get("turn")))
        detail = " · ".join(str(entry[key]) for key in ("owner", "date") if entry.get(key))
        yield Point(entry.get("what") or entry.get("text", ""), quotes, detail)
