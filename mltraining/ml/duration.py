"""How long a training takes: its work, counted before it begins, over the speed at which such work was done."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from mltraining.ml.config import TrainConfig
from mltraining.ml.encoder import HASHING
from mltraining.ml.planning import Plan, Size

# The parts of a run in their order; its stages are coarser at the start and finer at the end.
STARTING, READING, TUNING, JUDGING, EVALUATING = PARTS = ("start", "read", "fine-tune", "classify", "evaluate")
STAGES = {
    "fine-tune": TUNING,
    "classify": JUDGING,
    "calibrate": JUDGING,
    "evaluate": EVALUATING,
    "register": EVALUATING,
}
CLOSING = ("calibrate", "register")  # stages that take no time: what they belong to is done
READING_BEGINS = 0.1  # of the stage "prepare": before it the labelled calls are fetched and the encoder is loaded
TELLING = 0.05  # of a part: from there on its own speed says more than any estimate

Speed = dict[str, float]  # amount a second, by kind of work
START_SECONDS = 15.0
# Where nothing was measured: tokens, steps of a projection, and calls times heads or baselines fitted, a second.
HASHING_RATE, PROJECTED_STEPS, JUDGED_CALLS = 200_000.0, 10.0, 40.0


@dataclass(frozen=True)
class Workload:
    """What a run has to do. `rate` is that of `device_rate`, until something was measured."""

    calls: int
    tokens: float  # of all calls, read once
    tune: str
    steps: int
    step_tokens: float  # of one step, as tokens that are only read; 0 where the encoder is not changed
    rounds: int  # fine-tunings: one for the model, and one for each fold
    rate: float
    why: str  # this is tuned and no more, for people

    @classmethod
    def of(cls, plan: Plan, size: Size, rate: float, config: TrainConfig, rounds: int) -> Self:
        return cls(
            calls=size.calls,
            tokens=round(float(size.tokens(config).sum())),
            tune=plan.tune,
            steps=plan.steps,
            step_tokens=round(size.step_tokens(config)) if plan.is_deep else 0,
            rounds=rounds,
            rate=HASHING_RATE if config.encoder == HASHING else rate,
            why=plan.why,
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def amounts(self) -> dict[str, Speed]:
        """By part, how much of each kind of work; the kind that is a part's own comes first."""
        deep = {"tuning": self.steps * self.step_tokens, "reading": self.tokens}
        tuned = deep if self.step_tokens else {"projecting": float(self.steps)}
        folds = self.rounds - 1
        again = {kind: folds * amount for kind, amount in tuned.items()}
        return {
            STARTING: {"starting": 1.0},
            READING: {"reading": self.tokens},
            TUNING: tuned,
            JUDGING: {"judging": 2.0 * self.calls},
            EVALUATING: {"evaluating": (3.0 * folds or 2.0) * self.calls} | again,
        }

    def usual_speed(self) -> Speed:
        """Cautious guesses, where nothing was measured."""
        return {
            "starting": 1 / START_SECONDS,
            "reading": self.rate,
            "tuning": self.rate,
            "projecting": PROJECTED_STEPS,
            "judging": JUDGED_CALLS,
            "evaluating": JUDGED_CALLS,
        }

    def seconds(self, speed: Mapping[str, float]) -> dict[str, float]:
        """By part; kinds that `speed` does not know go at the usual one."""
        known = {**self.usual_speed(), **speed}
        return {part: taken(amounts, known) for part, amounts in self.amounts().items()}

    def measured(self, seconds: Mapping[str, float]) -> Speed:
        """The speed that finished parts tell of, each of its own kind of work."""
        speed = Speed()
        for part, amounts in self.amounts().items():
            own, amount = next(iter(amounts.items()))
            if part in seconds and amount:
                others = {kind: more for kind, more in amounts.items() if kind != own}
                rest = taken(others, self.usual_speed() | speed)
                speed[own] = amount / max(seconds[part] - rest, seconds[part] / 10, 1e-3)
        return speed


def taken(amounts: Mapping[str, float], speed: Mapping[str, float]) -> float:
    return sum(amount / speed[kind] for kind, amount in amounts.items())


class Course:
    """A run under way: how long its parts took, and how long the rest will take by its own speed so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock  # counts seconds
        self.seconds: dict[str, float] = {}  # of finished parts, as if each had been done from its beginning
        self.work: Workload | None = None
        self.earlier: Speed = {}
        self.part, self.began = STARTING, clock()
        self.share = self.began_share = 0.0

    def foresee(self, work: Workload, earlier: Speed) -> None:
        """`earlier` is the speed of runs before."""
        self.work, self.earlier = work, earlier

    def reached(self, stage: str, share: float) -> None:
        """`share` of the stage, 0 to 1, is done."""
        part = STAGES.get(stage) or (READING if share >= READING_BEGINS else STARTING)
        if PARTS.index(part) > PARTS.index(self.part):
            self.close()
            self.part, self.began = part, self.clock()
            self.began_share = 0.0
        if part == READING:
            share = (share - READING_BEGINS) / (1 - READING_BEGINS)
        self.share = 1.0 if stage in CLOSING else share
        if part == TUNING and not self.began_share and share:
            # A resumed fine-tuning begins far on: what was done before says nothing of this process.
            self.began, self.began_share = self.clock(), share

    def close(self) -> None:
        self.seconds[self.part] = (self.clock() - self.began) / max(1 - self.began_share, TELLING)

    def left(self) -> float | None:
        """Seconds until the model is registered; None before it is known what there is to do."""
        if self.work is None:
            return None
        elapsed, done = self.clock() - self.began, self.share - self.began_share
        seen = dict(self.seconds)
        if done >= TELLING:
            seen[self.part] = elapsed / done
        whole = self.work.seconds({**self.earlier, **self.work.measured(seen)}) | seen
        later = sum(whole[part] for part in PARTS[PARTS.index(self.part) + 1 :])
        return max(whole[self.part] * (1 - self.began_share) - elapsed, 0.0) + later
