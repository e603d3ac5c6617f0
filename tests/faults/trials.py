"""What the run tells in the end: of each fault how often it was tried, how soon it was over, and what it cost."""

import math
import time
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

HEAD = ("Fault", "Tried", "Recovered in (s)", "Lost", "Doubled")


@dataclass
class Trial:
    fault: str
    struck_at: float | None = None
    recovered_in: float | None = None
    lost: int = 0
    doubled: int = 0
    failed: bool = False

    def strikes(self) -> None:
        """From now on the time is taken; the last call counts."""
        self.struck_at = time.monotonic()

    def settle(self, wanted: Iterable[Hashable], effects: Sequence[Hashable], within: float = math.inf) -> None:
        """All is over, in so many seconds: what should have had its effect, and what had one, once for each time."""
        if self.struck_at is not None:
            self.recovered_in = time.monotonic() - self.struck_at
        self.lost = len(set(wanted) - set(effects))
        self.doubled = len(effects) - len(set(effects))
        assert (self.lost, self.doubled) == (0, 0)
        assert (self.recovered_in or 0) < within


@dataclass
class Trials:
    done: list[Trial] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """A table in Markdown."""
        yield f"| {' | '.join(HEAD)} |"
        yield "|---" * len(HEAD) + "|"
        for fault in dict.fromkeys(trial.fault for trial in self.done):
            yield f"| {' | '.join(cells(fault, [trial for trial in self.done if trial.fault == fault]))} |"


def cells(fault: str, trials: Sequence[Trial]) -> Iterator[str]:
    failures = sum(trial.failed for trial in trials)
    seconds = sorted(trial.recovered_in for trial in trials if trial.recovered_in is not None)
    spread = f"{seconds[0]:.0f}–{seconds[-1]:.0f}" if seconds and seconds[-1] - seconds[0] >= 1 else ""
    yield fault
    yield f"{len(trials)}, {failures} failed" if failures else f"{len(trials)}"
    yield spread or (f"{seconds[0]:.0f}" if seconds else "–")
    yield str(sum(trial.lost for trial in trials))
    yield str(sum(trial.doubled for trial in trials))


TRIALS = pytest.StashKey[Trials]()
