"""Answers of scorecards, one a row."""

from collections.abc import Iterator

from predictions.exports.asked import ROWS_AT_ONCE, Asked
from predictions.exports.lines import Row
from predictions.models import Answer, Scorecard
from predictions.scorecards.models import ScorecardQuerySet
from predictions.scorecards.results import name_of

COLUMNS = (
    "source", "external_id", "started_at", "rep", "team", "scorecard", "author", "private", "saved_at", "question",
    "scale", "answer", "found", "basis", "overridden", "words", "note",
)  # fmt: skip


def seen(asked: Asked) -> ScorecardQuerySet:
    """The machine's owner gets no private ones either: they are their authors' alone."""
    if asked.user is None:
        return Scorecard.objects.filter(is_private=False, call__in=asked.calls())
    return Scorecard.objects.visible_to(asked.user).filter(call__in=asked.calls())


def count(asked: Asked) -> int:
    return Answer.objects.filter(scorecard__in=seen(asked).order_by()).count()


def rows(asked: Asked) -> Iterator[Row]:
    answers = Answer.objects.filter(scorecard__in=seen(asked).order_by()).order_by("scorecard", "question__place", "pk")
    related = ("question", "scorecard__template", "scorecard__author", "scorecard__call__rep", "scorecard__call__team")
    for answer in answers.select_related(*related).iterator(ROWS_AT_ONCE):
        yield row(answer)


def row(answer: Answer) -> Row:
    scorecard, question = answer.scorecard, answer.question
    call = scorecard.call
    return {
        "source": call.source,
        "external_id": call.external_id,
        "started_at": call.started_at,
        "rep": name_of(call) if call.rep or call.rep_name else "",
        "team": call.team.name if call.team else "",
        "scorecard": scorecard.template.name,
        "author": scorecard.author.username if scorecard.author else "",
        "private": scorecard.is_private,
        "saved_at": scorecard.saved_at,
        "question": question.text,
        "scale": question.scale,
        "answer": answer.value,
        "found": answer.found,
        "basis": answer.basis,
        "overridden": answer.is_overridden,
        "words": answer.words,
        "note": scorecard.note,
    }
