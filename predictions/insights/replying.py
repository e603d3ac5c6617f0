"""Answers, drafts and briefs without a language model: sentences of the calls, picked by words and trackers."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from predictions import trackers
from predictions.insights.extractive import POINTS, Evidence, analysis
from predictions.insights.material import Line
from predictions.insights.relevance import answering
from predictions.insights.reply_schema import CallBrief, FollowUp, Reply
from predictions.insights.schema import NextStep, Point, Quote, SalesAnalysis

NOT_SAID = "The calls do not say."
SAID = "These sentences hold the words of the question."


def reply(question: str, lines: Sequence[Line]) -> Reply:
    found = answering(question, lines, trackers.watched(), POINTS)
    quotes = [Quote(turn=one.place, quote=one.words) for one in found]
    return Reply(is_said=bool(quotes), answer=SAID if quotes else NOT_SAID, quotes=quotes)


def follow_up(lines: Sequence[Line]) -> FollowUp:
    found = read(lines)
    points = [point for point in [*found.needs, *found.objections] if point.quotes]
    return FollowUp(
        subject="After our conversation",
        opening="Thank you for the conversation. This is what I took from it:",
        points=[point.model_copy(update={"text": f"You said: “{point.quotes[0].quote}”"}) for point in points[:POINTS]],
        next_steps=found.next_steps,
        closing="Please tell me if I missed something.",
    )


def call_brief(lines: Sequence[Line]) -> CallBrief:
    """The newest call comes first in `lines`, and so do its points."""
    each = [placed(list(of_call)) for _, of_call in groupby(enumerate(lines), key=lambda pair: pair[1].call_id)]
    needs, objections, promised, risks = (
        [point for found in each for point in getattr(found, name)][:POINTS]
        for name in ("needs", "objections", "next_steps", "risks")
    )
    return CallBrief(
        summary=each[0].summary if each else "There is no call with this customer to read.",
        needs=needs,
        objections=objections,
        promised=promised,
        ask_about=[*risks, *still_open(promised)][:POINTS],
    )


def still_open(promised: Sequence[NextStep]) -> Iterator[Point]:
    for step in promised:
        side = {"rep": "us", "customer": "the customer"}.get(step.owner or "", "one of you")
        yield Point(text=f"Was this done by {side}?", quotes=step.quotes)


def read(lines: Sequence[Line]) -> SalesAnalysis:
    """Without the score: whoever is to guess it first may read this."""
    return analysis(Evidence(lines, hits=trackers.hits(lines)))


def placed(numbered: Sequence[tuple[int, Line]]) -> SalesAnalysis:
    """Of one call, with quotes that are numbered by their place among the lines of all calls."""
    found = read([line for _, line in numbered])
    for name in ("needs", "objections", "next_steps", "risks"):
        for point in getattr(found, name):
            for quote in point.quotes:
                quote.turn = numbered[quote.turn][0]
    return found
