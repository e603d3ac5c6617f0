"""Geometry of the inline SVG charts. Everything is in a 0–100 square that the page stretches; text stays outside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

from predictions.models import Band

SMOOTHED_PARTS = 20  # of a training curve that a moving mean spans one of


@dataclass(frozen=True)
class ScalePart:
    letter: str
    x: float
    width: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class BandArea:
    letter: str
    y: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def upper(self) -> float:
        return 1 - self.y / 100


def band_areas(bands: Sequence[Band]) -> list[BandArea]:
    """From the top down; `bands` come highest first."""
    limits = [1.0, *(band.lower for band in bands)]
    return [
        BandArea(band.letter, round(100 - 100 * upper, 2), round(100 * (upper - lower), 2))
        for band, (upper, lower) in zip(bands, pairwise(limits), strict=True)
    ]


@dataclass(frozen=True)
class Scale:
    """Bands side by side from 0 to 100 %, with where this call and the base rate stand."""

    areas: list[ScalePart]
    value: float
    base_rate: float | None


def scale(probability: float, bands: Sequence[Band], base_rate: float | None) -> Scale:
    areas = [ScalePart(area.letter, round(100 - area.y - area.height, 2), area.height) for area in band_areas(bands)]
    return Scale(areas, round(100 * probability, 1), None if base_rate is None else round(100 * base_rate, 1))


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    radius: float
    predicted: float
    observed: float
    count: int
    low: float | None = None  # of the share observed; a report of old has no interval
    high: float | None = None

    @property
    def top(self) -> float | None:
        return None if self.high is None else round(100 - 100 * self.high, 2)

    @property
    def bottom(self) -> float | None:
        return None if self.low is None else round(100 - 100 * self.low, 2)


def reliability(points: Sequence[dict]) -> list[Dot]:
    """Predicted to the right, observed upwards; a dot's area grows with the number of calls."""
    usable = [point for point in points if is_number(point.get("mean_predicted")) and is_number(point.get("observed"))]
    most = max((point.get("count") or 1 for point in usable), default=1)
    return [
        Dot(
            x=round(100 * point["mean_predicted"], 2),
            y=round(100 - 100 * point["observed"], 2),
            radius=round(1 + 1.6 * ((point.get("count") or 1) / most) ** 0.5, 2),
            predicted=point["mean_predicted"],
            observed=point["observed"],
            count=point.get("count") or 0,
            low=point.get("low"),
            high=point.get("high"),
        )
        for point in usable
    ]


@dataclass(frozen=True)
class Line:
    """A small line over time, scaled to its own range."""

    points: str
    lowest: float
    highest: float
    last_x: float
    last_y: float
    values: list[float] = field(default_factory=list)


def line(values: Sequence[float]) -> Line | None:
    """Oldest first; None below two values, which make no line."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    # 6 units of air above and below keep the stroke inside the box
    places = [(100 * i / (len(values) - 1), 94 - 88 * (value - low) / spread) for i, value in enumerate(values)]
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    return Line(points, low, high, round(places[-1][0], 2), round(places[-1][1], 2), list(values))


@dataclass(frozen=True)
class Tick:
    place: float  # from the left or from the top
    value: float


ACROSS = [Tick(25 * quarter, quarter / 4) for quarter in range(5)]  # of a share
UP = [Tick(100 - tick.place, tick.value) for tick in ACROSS]


@dataclass(frozen=True)
class Reading:
    x: float
    y: float
    share: float
    value: float


@dataclass(frozen=True)
class Axes:
    """A line over the share of the call that was heard, with both axes and the value at each reading."""

    points: str
    readings: list[Reading]
    across: list[Tick]
    up: list[Tick]


def over_share(values: Sequence[tuple[float, float]], lowest: float, highest: float) -> Axes | None:
    """`values` are (share, value), the least share first; the axis reaches further where a value does."""
    if len(values) < 2:
        return None
    low = min(lowest, *(value for _, value in values))
    high = max(highest, *(value for _, value in values))
    readings = [
        Reading(round(100 * share, 2), round(100 * (high - value) / (high - low), 2), share, value)
        for share, value in values
    ]
    return Axes(
        points=" ".join(f"{reading.x},{reading.y}" for reading in readings),
        readings=readings,
        across=ACROSS,
        up=[Tick(50 * half, high - half * (high - low) / 2) for half in range(3)],
    )


@dataclass(frozen=True)
class LossCurve:
    """The loss of every step, its moving mean, and where it was asked the loss on calls that are not learned from."""

    each: str
    mean: str
    validation: str
    across: list[Tick]
    up: list[Tick]
    told: list[tuple[int, float]]  # some steps with their moving mean


def loss_curve(steps: Sequence[Mapping[str, float]]) -> LossCurve | None:
    """None below two steps, which make no line."""
    if len(steps) < 2:
        return None
    numbers, losses = [step["step"] for step in steps], [step["loss"] for step in steps]
    reach = len(losses) // SMOOTHED_PARTS // 2
    smooth = [fmean(losses[max(0, at - reach) : at + reach + 1]) for at in range(len(losses))]
    judged = [(step["step"], step["validation_loss"]) for step in steps if "validation_loss" in step]
    every = [*losses, *(value for _, value in judged)]
    low, high = min(every), max(every)
    width, height = numbers[-1] - numbers[0], (high - low) or 1.0

    def line_of(points: Iterable[tuple[float, float]]) -> str:
        return " ".join(f"{100 * (x - numbers[0]) / width:.2f},{100 * (high - y) / height:.2f}" for x, y in points)

    stops = sorted({round((len(steps) - 1) * quarter / 4) for quarter in range(5)})
    return LossCurve(
        each=line_of(zip(numbers, losses, strict=True)),
        mean=line_of(zip(numbers, smooth, strict=True)),
        validation=line_of(judged),
        across=[Tick(round(100 * (numbers[stop] - numbers[0]) / width, 2), numbers[stop]) for stop in stops],
        up=[Tick(50 * half, high - half * height / 2) for half in range(3)],
        told=[(int(numbers[stop]), smooth[stop]) for stop in stops],
    )


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
