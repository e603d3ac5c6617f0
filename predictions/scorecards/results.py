"""What filled-in scorecards of one template say: by question and by rep, each the mean of one value a scorecard."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from calls.models import Call
from predictions import intervals
from predictions.intervals import Estimate
from predictions.models import Answer, Question
from predictions.scorecards.models import ScorecardQuerySet


@dataclass(frozen=True)
class QuestionResult:
    question: Question
    mean: Estimate | None  # as a share of the best answer
    overridden: int


@dataclass(frozen=True)
class RepResult:
    name: str
    mean: Estimate


def by_question(scorecards: ScorecardQuerySet) -> list[QuestionResult]:
    """In the order of the template; questions in words have no mean and are left out."""
    answers = Answer.objects.filter(scorecard__in=scorecards.order_by()).select_related("question")
    found: dict[Question, list[Answer]] = defaultdict(list)
    for answer in answers.order_by("question__is_retired", "question__place", "question"):
        if answer.question.scale != Question.Scale.WORDS:
            found[answer.question].append(answer)
    return [
        QuestionResult(question, mean_of(given), sum(answer.is_overridden for answer in given))
        for question, given in found.items()
    ]


def mean_of(answers: Iterable[Answer]) -> Estimate | None:
    return estimate([answer.share for answer in answers if answer.share is not None])


def by_rep(scorecards: ScorecardQuerySet) -> list[RepResult]:
    """The best first."""
    found: dict[str, list[float]] = defaultdict(list)
    row: Any
    for row in scorecards.with_result().select_related("call__rep"):
        if row.result is not None:
            found[name_of(row.call)].append(row.result)
    rows = [RepResult(name, mean) for name, results in found.items() if (mean := estimate(results))]
    return sorted(rows, key=lambda row: (-row.mean.value, row.name))


def estimate(values: list[float]) -> Estimate | None:
    return intervals.mean(fmean(values), stdev(values) if values[1:] else None, len(values)) if values else None


def name_of(call: Call) -> str:
    return call.rep_name or "No rep named" if call.rep is None else call.rep.get_full_name() or call.rep.username
