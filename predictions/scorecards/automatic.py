"""Answers to questions that the product can give by itself: from statistics, trackers and the insight of the call."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from calls.feature_words import SHARE, WORDS, measured, title
from calls.models import Call, Turn
from predictions.insights.chain import KIND
from predictions.scorecards.models import Answer
from predictions.scorecards.templates import Question
from predictions.trackers import hits


@dataclass(frozen=True)
class Found:
    """`value` is None where nothing is known, and `basis` says why."""

    value: int | None
    basis: str
    turn: int | None = None


@dataclass(frozen=True)
class Heard:
    call: Call

    @cached_property
    def turns(self) -> list[Turn]:
        return list(self.call.turns.order_by("index"))


def by_statistic(question: Question, heard: Heard) -> Found:
    value = heard.call.statistics.get(question.statistic)
    name = title(question.statistic)
    if not isinstance(value, int | float):
        return Found(None, f"{name} of this call is not known")
    enough = question.at_least is None or value >= question.at_least
    not_too_much = question.at_most is None or value <= question.at_most
    wanted = limits_in_words(question)
    return Found(int(enough and not_too_much), f"{name} {measured(question.statistic, value)}; asked: {wanted}")


def limits_in_words(question: Question) -> str:
    limits = (("at least", question.at_least), ("at most", question.at_most))
    is_share = question.statistic in WORDS and WORDS[question.statistic].unit == SHARE
    written = [
        f"{word} {measured(question.statistic, limit) if is_share else f'{limit:g}'}"
        for word, limit in limits
        if limit is not None
    ]
    return " and ".join(written)


def by_tracker(question: Question, heard: Heard) -> Found:
    assert question.tracker is not None  # the database keeps it
    turns = [turn for turn in heard.turns if question.said_by in ("", turn.role)]
    found = hits(turns, [question.tracker], language=heard.call.language)
    who = Question.Said(question.said_by).label
    if not found:
        return Found(0, f"{question.tracker}: not said by {who}")
    first = found[0]
    return Found(1, f"{question.tracker}: “{first['phrase'][:80]}”", turns[first["turn"]].index)


def by_next_step(question: Question, heard: Heard) -> Found:
    insight = heard.call.insights.filter(kind=KIND).first()
    if insight is None:
        return Found(None, "The call has no insight yet")
    steps = insight.content.get("next_steps") or []
    quotes = steps[0].get("quotes") or [] if steps else []
    turn = quotes[0].get("turn") if quotes else None
    return Found(int(bool(steps)), f"{len(steps)} next step{'' if len(steps) == 1 else 's'} in the insight", turn)


WAYS: dict[str, Callable[[Question, Heard], Found]] = {
    Question.Automatic.STATISTIC: by_statistic,
    Question.Automatic.TRACKER: by_tracker,
    Question.Automatic.NEXT_STEP: by_next_step,
}


def answer_to(question: Question, heard: Heard) -> Answer:
    """Unsaved, and empty where a person is asked."""
    way = WAYS.get(question.automatic)
    found = way(question, heard) if way else Found(None, "")
    return Answer(question=question, found=found.value, basis=found.basis, turn=found.turn)
