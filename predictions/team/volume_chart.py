"""Calls over time as bars: a day, a week or a month each, won above lost above those without an outcome."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, DateField, Min, Q
from django.db.models.functions import Trunc
from django.utils import timezone

from calls.models import CallQuerySet, Outcome
from predictions.team.period import Period

AIR = 0.18  # of a bar's place, between it and the next
LENGTHS = ((31, "day"), (370, "week"))  # days of a period up to which its bars are of such a kind; then months


@dataclass(frozen=True)
class Bar:
    begins: date
    won: int
    lost: int
    open: int
    x: float  # from 0 to 100, as all that follows
    width: float
    won_height: float
    lost_height: float
    open_height: float

    @property
    def calls(self) -> int:
        return self.won + self.lost + self.open

    @property
    def open_y(self) -> float:
        return 100 - self.open_height

    @property
    def lost_y(self) -> float:
        return self.open_y - self.lost_height

    @property
    def won_y(self) -> float:
        return self.lost_y - self.won_height


@dataclass(frozen=True)
class VolumeChart:
    kind: str  # "day", "week" or "month"
    bars: Sequence[Bar]
    most: int


def volume_chart(calls: CallQuerySet, period: Period) -> VolumeChart | None:
    """None below two bars, which compare nothing."""
    within = period.of(calls).order_by()
    since = period.since or within.aggregate(first=Min("started_at"))["first"]
    if since is None:
        return None
    kind = next((kind for days, kind in LENGTHS if period.until - since <= timedelta(days=days)), "month")
    first = begin_of(timezone.localtime(since).date(), kind)
    last = timezone.localtime(period.until - timedelta(microseconds=1)).date()
    won, lost = Count("pk", filter=Q(outcome=Outcome.WON)), Count("pk", filter=Q(outcome=Outcome.LOST))
    begins = Trunc("started_at", kind, output_field=DateField())
    counted = within.annotate(begins=begins).values_list("begins").annotate(calls=Count("pk"), won=won, lost=lost)
    found = {day: counts for day, *counts in counted}
    places = list(beginnings(first, last, kind))
    if len(places) < 2:
        return None
    most = max(counts[0] for counts in found.values()) if found else 1
    bars = [bar(at, day, found.get(day, (0, 0, 0)), len(places), most) for at, day in enumerate(places)]
    return VolumeChart(kind, bars, most)


def bar(at: int, begins: date, counts: Sequence[int], places: int, most: int) -> Bar:
    calls, won, lost = counts
    width = 100 / places
    heights = [round(100 * count / most, 2) for count in (won, lost, calls - won - lost)]
    x = round((at + AIR / 2) * width, 3)
    return Bar(begins, won, lost, calls - won - lost, x, round(width * (1 - AIR), 3), *heights)


def begin_of(day: date, kind: str) -> date:
    """As Postgres cuts: weeks begin on Monday."""
    if kind == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if kind == "week" else day


def beginnings(first: date, last: date, kind: str) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        step = {"day": 1, "week": 7}.get(kind)
        day = day + timedelta(days=step) if step else begin_of(day + timedelta(days=31), "month")
