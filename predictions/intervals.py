"""95 % intervals of a share and of a mean, so that a page can say how much a small number may be worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtrit

NORMAL = 1.959964  # standard deviations on either side that hold 95 %


@dataclass(frozen=True)
class Estimate:
    """A value over `count` calls; `low` and `high` are None where one call alone says nothing of the spread."""

    value: float
    count: int
    low: float | None
    high: float | None

    def holds(self, value: float) -> bool:
        return self.low is None or self.high is None or self.low <= value <= self.high


def share(hits: int, count: int) -> Estimate | None:
    """By Wilson's formula, which stays within 0 and 1; None of nothing."""
    if not count:
        return None
    part, square = hits / count, NORMAL**2 / count
    middle = (part + square / 2) / (1 + square)
    reach = NORMAL / (1 + square) * sqrt(part * (1 - part) / count + square / 4 / count)
    return Estimate(part, count, max(0.0, middle - reach), min(1.0, middle + reach))


def mean(average: float | None, deviation: float | None, count: int) -> Estimate | None:
    """By Student's t; `deviation` is that of the sample. None of nothing."""
    if average is None or not count:
        return None
    if deviation is None or count < 2:
        return Estimate(average, count, None, None)
    reach = float(stdtrit(count - 1, 0.975)) * deviation / sqrt(count)
    return Estimate(average, count, average - reach, average + reach)


@dataclass(frozen=True)
class Sample:
    """What a mean and its interval rest on; both numbers are None of nothing, the deviation also of one value."""

    count: int
    average: float | None
    deviation: float | None

    @property
    def mean(self) -> Estimate | None:
        return mean(self.average, self.deviation, self.count)


def pooled(samples: Iterable[Sample]) -> Sample:
    """As if all values had stood in one sample."""
    known = [(each.count, each.average, each.deviation or 0.0) for each in samples if each.average is not None]
    count = sum(size for size, _, _ in known)
    if not count:
        return Sample(0, None, None)
    average = sum(size * middle for size, middle, _ in known) / count
    squares = sum((size - 1) * deviation**2 + size * (middle - average) ** 2 for size, middle, deviation in known)
    return Sample(count, average, sqrt(squares / (count - 1)) if count > 1 else None)
