"""What the page of one call says, put together from its score, its insight and its turns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from calls.models import Call, Comment, Turn, User
from mltraining.models import ModelVersion
from predictions import charts, trackers
from predictions.guesses import LIKELIHOODS, Guess, awaiting_guess
from predictions.models import Band, Prediction, ShownScore
from predictions.reasons import mark, sides
from predictions.risks.listing import due_in
from predictions.team.beside import statistics
from predictions.timeline import timeline

FEWEST_TO_COMPARE = 10  # other calls
SECTIONS = {
    "needs": "Needs",
    "buying_signals": "Buying signals",
    "objections": "Objections",
    "competitors": "Competitors",
    "coaching": "For the next call",
}


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
        "history": list(call.predictions.revealed_to(user).filter(is_partial=False).defer("reasons", "curve")),
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
    rate = prediction.version.base_rate
    speaking = sides(prediction.reasons, turns, rate)
    for side in speaking:
        mark(side.key, side.shown)
    return {
        "sides": speaking,
        "base_rate": rate,
        "scale": None if prediction.probability is None else charts.scale(prediction.probability, bands, rate),
    }


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
