"""Times things that are compared with each other: by turns, in rounds, so that other work on the machine hits all."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Spread:
    """A figure of each round."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        return f"{min(self.values):.3g}–{max(self.values):.3g} in {len(self.values)} rounds"


def seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def by_turns(*works: Callable[[], float], rounds: int) -> list[Spread]:
    """What each of the works returned in each round; every other round goes the other way round."""
    found: list[list[float]] = [[] for _ in works]
    for number in range(rounds):
        order = list(enumerate(works))
        for place, work in order[::-1] if number % 2 else order:
            found[place].append(work())
    return [Spread(tuple(values)) for values in found]


def ratio(above: Spread, below: Spread) -> Spread:
    """Round by round."""
    return Spread(tuple(a / b for a, b in zip(above.values, below.values, strict=True)))


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
