"""From a call's numbers, categories and statistics to a matrix whose columns are learned on training calls only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from mltraining.ml.example import Example

MISSING = ""  # the category of a value that is not known
MOST_CATEGORIES = 60
RAREST_SHARE = 0.005
RAREST_COUNT = 3
SKEWED = 2.0
LARGEST = 1e15
FURTHEST = 5.0  # standard deviations; beyond lies nothing that training calls could teach
BINNED_ROWS = 1_000  # with so many rows a number may bend: bins beside the straight line
BINS = 8


@dataclass(frozen=True)
class NumberColumns:
    """One number: standardised, with a mark where it is missing, and in bins where the data carry them."""

    name: str
    statistic: bool  # one that grows with the call
    logarithmic: bool
    mean: float
    scale: float
    marks_missing: bool
    edges: tuple[float, ...] = ()

    @classmethod
    def learn(cls, name: str, values: np.ndarray, *, statistic: bool, binned: bool) -> Self | None:
        """None for a number that is the same everywhere, which teaches nothing."""
        known = values[np.isfinite(values)]
        missing = len(known) < len(values)
        if not len(known) or (not missing and known.min() == known.max()):
            return None
        logarithmic = bool(len(known) > 2 and skewness(known) > SKEWED)
        values = signed_log(known) if logarithmic else known
        edges: tuple[float, ...] = ()
        if binned:
            cuts = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
            edges = tuple(float(cut) for cut in cuts if known.min() < cut)
        return cls(name, statistic, logarithmic, float(values.mean()), float(values.std()) or 1.0, missing, edges)

    @property
    def width(self) -> int:
        return 1 + self.marks_missing + (len(self.edges) + 1 if self.edges else 0)

    def matrix(self, values: np.ndarray) -> np.ndarray:
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        scaled = ((signed_log(filled) if self.logarithmic else filled) - self.mean) / self.scale
        columns = [np.where(known, np.clip(scaled, -FURTHEST, FURTHEST), 0.0)]
        if self.marks_missing:
            columns.append((~known).astype(float))
        if self.edges:
            place = np.searchsorted(self.edges, filled, side="right")
            columns += [(place == number) & known for number in range(len(self.edges) + 1)]
        return np.stack(columns, axis=1).astype(float)


@dataclass(frozen=True)
class CategoryColumns:
    name: str
    values: tuple[str, ...]  # frequent ones; any other value lights no column

    @classmethod
    def learn(cls, name: str, values: Sequence[str]) -> Self | None:
        least = max(RAREST_COUNT, RAREST_SHARE * len(values))
        counts = Counter(values)
        frequent = [value for value, count in counts.most_common(MOST_CATEGORIES) if count >= least]
        return cls(name, tuple(sorted(frequent))) if frequent and len(counts) > 1 else None

    @property
    def width(self) -> int:
        return len(self.values)

    def matrix(self, values: Sequence[str]) -> np.ndarray:
        place = {value: column for column, value in enumerate(self.values)}
        table = np.zeros((len(values), len(self.values)))
        for row, value in enumerate(values):
            if value in place:
                table[row, place[value]] = 1.0
        return table


@dataclass(frozen=True)
class FeatureSpace:
    """Which numbers and categories count, and how each becomes columns; what was never seen lights no column."""

    numbers: tuple[NumberColumns, ...]
    categories: tuple[CategoryColumns, ...]

    @classmethod
    def learn(cls, examples: Sequence[Example], *, statistics: bool = True) -> Self:
        """From training examples only. `statistics` false leaves out what grows with the call."""
        binned = len(examples) >= BINNED_ROWS
        numbers = [
            NumberColumns.learn(name, numbers_of(examples, name), statistic=False, binned=binned)
            for name in dict.fromkeys(name for example in examples for name in example.numbers)
        ]
        if statistics:
            numbers += [
                NumberColumns.learn(name, last_statistics(examples, name), statistic=True, binned=binned)
                for name in dict.fromkeys(name for example in examples for name in example.statistic_names)
            ]
        categories = [
            CategoryColumns.learn(name, categories_of(examples, name))
            for name in dict.fromkeys(name for example in examples for name in example.categories)
        ]
        return cls(tuple(filter(None, numbers)), tuple(filter(None, categories)))

    @property
    def parts(self) -> tuple["NumberColumns | CategoryColumns", ...]:
        return (*self.numbers, *self.categories)

    @property
    def columns(self) -> tuple[str, ...]:
        """The feature that each column of the matrix belongs to."""
        return tuple(part.name for part in self.parts for _ in range(part.width))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts)

    def matrix(self, examples: Sequence[Example]) -> np.ndarray:
        """(examples, columns)"""
        parts = [
            part.matrix(last_statistics(examples, part.name) if part.statistic else numbers_of(examples, part.name))
            for part in self.numbers
        ]
        parts += [part.matrix(categories_of(examples, part.name)) for part in self.categories]
        return np.hstack([np.zeros((len(examples), 0)), *parts])

    def prefixes(self, example: Example, whole: np.ndarray) -> np.ndarray:
        """(turns, columns): row k as the call stood after its turn k; `whole` (columns,) as it stands now."""
        turns = len(example.turns)
        table = np.repeat(whole[None], turns, axis=0)
        start = 0
        for part in self.numbers:
            if part.statistic and turns:
                table[:, start : start + part.width] = part.matrix(statistic_along(example, part.name))
            start += part.width
        return table

    def without(self, names: Iterable[str]) -> Self:
        gone = {*names}
        numbers = (part for part in self.numbers if part.name not in gone)
        return type(self)(tuple(numbers), tuple(part for part in self.categories if part.name not in gone))

    def to_dict(self) -> dict[str, Any]:
        return {
            "numbers": [asdict(part) | {"edges": list(part.edges)} for part in self.numbers],
            "categories": [{"name": part.name, "values": list(part.values)} for part in self.categories],
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        numbers = (NumberColumns(**(part | {"edges": tuple(part["edges"])})) for part in saved["numbers"])
        categories = (CategoryColumns(part["name"], tuple(part["values"])) for part in saved["categories"])
        return cls(tuple(numbers), tuple(categories))


def value_of(example: Example, name: str) -> float | str | None:
    """What the example says about a feature, for people to read."""
    if name in example.numbers:
        return example.numbers[name]
    if name in example.categories:
        return example.categories[name]
    along = statistic_along(example, name)
    return float(along[-1]) if len(along) and np.isfinite(along[-1]) else None


def numbers_of(examples: Sequence[Example], name: str) -> np.ndarray:
    values = (example.numbers.get(name) for example in examples)
    table = np.array([np.nan if value is None else value for value in values], dtype=float)
    return np.clip(np.where(np.isfinite(table), table, np.nan), -LARGEST, LARGEST)


def categories_of(examples: Sequence[Example], name: str) -> list[str]:
    return [example.categories.get(name) or MISSING for example in examples]


def statistic_along(example: Example, name: str) -> np.ndarray:
    """(turns,) of a statistic; NaN where the example does not know it."""
    if name not in example.statistic_names or not len(example.statistics):
        return np.full(len(example.turns), np.nan)
    return np.asarray(example.statistics)[:, example.statistic_names.index(name)].astype(float)


def last_statistics(examples: Sequence[Example], name: str) -> np.ndarray:
    along = (statistic_along(example, name) for example in examples)
    return np.array([values[-1] if len(values) else np.nan for values in along], dtype=float)


def signed_log(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def skewness(values: np.ndarray) -> float:
    spread = values.std()
    return float(np.mean(((values - values.mean()) / spread) ** 3)) if spread > 0 else 0.0
