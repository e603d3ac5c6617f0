"""The team in numbers: volume, win rate, and what scores promised beside what happened."""

from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q

from calls.models import CallQuerySet, Outcome
from predictions import intervals, quality
from predictions.charts import Dot, reliability
from predictions.grading import Graded, graded
from predictions.intervals import Estimate
from predictions.models import Prediction
from predictions.team.period import Period

FEWEST_GRADED = 20  # outcomes, before a reliability curve says anything
CALLS_A_BIN = 10


@dataclass(frozen=True)
class Volume:
    calls: int
    before: int | None  # in the period just before, as long
    won: int
    lost: int

    @property
    def win_rate(self) -> Estimate | None:
        return intervals.share(self.won, self.won + self.lost)

    @property
    def is_open(self) -> int:
        return self.calls - self.won - self.lost


@dataclass(frozen=True)
class Promise:
    """The mean probability beside the share that was won, of the same calls."""

    said: float
    happened: Estimate

    @property
    def verdict(self) -> str:
        if self.happened.holds(self.said):
            return "The difference could be chance."
        return f"More were {'won' if self.happened.value > self.said else 'lost'} than promised."


@dataclass(frozen=True)
class Calibration:
    dots: list[Dot]
    ece: float
    ece_noise: float

    @property
    def is_noise(self) -> bool:
        return self.ece <= self.ece_noise


def volume(calls: CallQuerySet, period: Period) -> Volume:
    won, lost = Count("pk", filter=Q(outcome=Outcome.WON)), Count("pk", filter=Q(outcome=Outcome.LOST))
    found = period.of(calls).order_by().aggregate(calls=Count("pk"), won=won, lost=lost)
    before = period.before.of(calls).count() if period.before else None
    return Volume(**found, before=before)


def scores_of(calls: CallQuerySet) -> Graded:
    return graded(Prediction.objects.filter(call__in=calls.order_by()))


def promise(found: Graded) -> Promise | None:
    happened = intervals.share(int(found.won.sum()), len(found))
    return Promise(float(np.mean(found.probability)), happened) if happened else None


def calibration(found: Graded) -> Calibration | None:
    """None where there are too few outcomes to draw a curve from."""
    if len(found) < FEWEST_GRADED:
        return None
    bins = min(quality.CALIBRATION_BINS, len(found) // CALLS_A_BIN)
    return Calibration(
        reliability(quality.reliability(found.won, found.probability, bins)),
        quality.calibration_error(found.won, found.probability, bins),
        quality.calibration_noise(found.probability, bins),
    )
