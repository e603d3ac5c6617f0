"""What the page of one customer says: its calls over time, how their scores went, and how it was talked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any

from django.db.models import Count, Q

from calls.customer_history import AVERAGED
from calls.feature_words import measured, title
from calls.features import FORMULAS, flattened
from calls.models import Call, Customer, User
from mltraining.models import ModelVersion
from predictions import charts
from predictions.models import Band
from predictions.shown_scores import with_scores

MOST_CALLS = 200
MARKS = {"won": "won", "lost": "lost"}  # outcome -> shape of its mark; others are round


@dataclass(frozen=True)
class Mark:
    """One scored call on the chart; x and y from 0 to 100."""

    call: Any
    x: float
    y: float

    @property
    def shape(self) -> str:
        return MARKS.get(self.call.outcome, "open")


@dataclass(frozen=True)
class Trend:
    marks: Sequence[Mark]
    line: str
    areas: Sequence[charts.BandArea]
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Course:
    """One statistic over the customer's calls, oldest first."""

    title: str
    formula: str
    first: str
    last: str
    mean: str
    count: int
    line: charts.Line | None


def customer_page(customer: Customer, user: User) -> dict[str, Any]:
    active = ModelVersion.objects.active()
    of_customer = with_scores(Call.objects.visible_to(user).filter(customer=customer), user)
    newest = list(of_customer.select_related("rep", "team").order_by("-started_at", "-pk")[:MOST_CALLS])
    oldest_first = newest[::-1]
    return {
        "customer": customer,
        "active": active,
        "calls": newest,
        "most": MOST_CALLS,
        "trend": trend(oldest_first, list(Band.objects.all())),
        "courses": courses(oldest_first),
        **Call.objects.visible_to(user)
        .filter(customer=customer)
        .aggregate(won=Count("pk", filter=Q(outcome="won")), lost=Count("pk", filter=Q(outcome="lost"))),
        "deals": sorted({call.deal for call in newest if call.deal}),
        "known": known(customer),
    }


def trend(calls: Sequence[Any], bands: Sequence[Band]) -> Trend | None:
    """Scores by the time of their calls; None below two, which show no course."""
    scored = [call for call in calls if call.probability is not None]
    if len(scored) < 2:
        return None
    begins, ends = scored[0].started_at, scored[-1].started_at
    lasting = (ends - begins).total_seconds() or 1.0
    marks = [
        Mark(
            call,
            round(100 * (call.started_at - begins).total_seconds() / lasting, 2),
            round(100 - 100 * call.probability, 2),
        )
        for call in scored
    ]
    line = " ".join(f"{mark.x},{mark.y}" for mark in marks)
    return Trend(marks, line, charts.band_areas(bands), begins, ends)


def courses(calls: Sequence[Call]) -> list[Course]:
    """How those statistics went that a customer's history is made of."""
    found = []
    for name in AVERAGED:
        values = [value for call in calls if (value := call.statistics.get(name)) is not None]
        if values:
            first, last, mean = (measured(name, value) for value in (values[0], values[-1], fmean(values)))
            line = charts.line(values)
            found.append(Course(title(name), FORMULAS[name], first, last, mean, len(values), line))
    return found


def known(customer: Customer) -> list[tuple[str, str]]:
    """Title and value of what was delivered about the customer beside the columns."""
    numbers, categories = flattened(customer.metadata)
    return [(title(name), measured(name, value)) for name, value in sorted({**categories, **numbers}.items())]
