"""What of the encoder is fine-tuned and for how long: chosen from the size of the data, the device and the budget."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from mltraining.ml.config import TrainConfig
from mltraining.ml.encoder import HASHING, Encoder
from mltraining.ml.example import Example

TOKENS_A_WORD, TOKENS_A_TURN = 1.35, 5.0
# Tokens a second that a small encoder reads, forward only: about half of what free cores do, and fixed so that a
# machine always plans alike.
CPU_RATE, CPU_RATE_BF16, GPU_RATE = 2_000.0, 8_000.0, 150_000.0
STEP_COST = 3.0  # forward and backward, in forward passes
FEWEST_STEPS = 20
PROJECTION_STEPS = 200  # over vectors that are there already: seconds


@dataclass(frozen=True)
class Plan:
    tune: str
    steps: int
    why: str  # for people

    def applied(self, config: TrainConfig) -> TrainConfig:
        return replace(config, tune=self.tune, steps=self.steps)

    @property
    def is_deep(self) -> bool:
        """Whether the encoder itself changes, so that everything has to be read again."""
        return self.tune not in ("none", "projection")


@dataclass(frozen=True)
class Size:
    """How much is said in the calls that a model learns from."""

    words: np.ndarray  # (calls,)
    turns: np.ndarray  # (calls,)

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Self:
        return cls(np.array([call.words for call in examples]), np.array([len(call.turns) for call in examples]))

    @property
    def calls(self) -> int:
        return len(self.words)

    def tokens(self, config: TrainConfig) -> np.ndarray:
        """(calls,) about how many an encoder reads of each, what passages carry over counted."""
        spoken = self.words * TOKENS_A_WORD + self.turns * TOKENS_A_TURN
        fresh = max(config.passage_tokens - config.context_tokens, 1)  # of each passage but the first
        return np.asarray(
            spoken + np.ceil(np.maximum(spoken - config.passage_tokens, 0) / fresh) * config.context_tokens
        )

    def step_tokens(self, config: TrainConfig) -> float:
        """What one step of fine-tuning costs, in tokens that are only read."""
        read = np.minimum(self.tokens(config), config.tuned_tokens).mean() if self.calls else 0.0
        return float(2 * config.batch_per_class * read * STEP_COST)


def reading_rate(encoder: Encoder) -> float:
    """Tokens a second, by device."""
    device = getattr(encoder, "device", None)
    return device_rate(device.type if device is not None else "cpu", uses_bf16=getattr(encoder, "uses_bf16", False))


def device_rate(kind: str, *, uses_bf16: bool) -> float:
    if kind != "cpu":
        return GPU_RATE
    return CPU_RATE_BF16 if uses_bf16 else CPU_RATE


def planned(
    size: Size, encoder: str, rate: float, config: TrainConfig, *, rounds: int = 0, minutes: float = 0.0
) -> Plan:
    """`encoder` by name, `rate` by `device_rate`; `minutes` is the budget of all `rounds` together, 0 for none, as when
    measuring."""
    has_no_weights = config.tune == "auto" and encoder == HASHING
    if config.tune == "none" or has_no_weights or not size.words.any():
        return Plan("none", 0, "The encoder stays as it is.")
    steps = config.steps or steps_for(size.calls, config)
    if config.tune == "projection":
        return Plan("projection", config.steps or PROJECTION_STEPS, "Only the projection is fine-tuned, as asked for.")
    if config.tune != "auto":
        return Plan(config.tune, steps, f"Fine-tuning {config.tune} in {steps} steps, as asked for.")
    needed = float(size.tokens(config).sum() / rate / 60) + rounds * round_minutes(size, rate, config, steps)
    if not minutes or needed <= minutes:
        return Plan("full", steps, f"All layers are fine-tuned in {steps} steps, by the size of the data.")
    why = (
        f"Only the projection is fine-tuned: all layers would take about {needed:.0f} minutes on this device, and "
        f"budget_minutes is {minutes:g}."
    )
    return Plan("projection", PROJECTION_STEPS, why)


def steps_for(calls: int, config: TrainConfig) -> int:
    learned = calls * (1 - config.kept_share)
    return int(np.clip(round(config.epochs * learned / (2 * config.batch_per_class)), FEWEST_STEPS, config.max_steps))


def round_minutes(size: Size, rate: float, config: TrainConfig, steps: int) -> float:
    """An estimate for one fine-tuning and one encoding of everything."""
    work = size.tokens(config).sum() + steps * size.step_tokens(config)
    return float(work / rate / 60)


def step_share(size: Size, config: TrainConfig) -> float:
    """Of a fine-tuning's work, that of its steps; the rest is reading everything anew. For a plan's configuration."""
    steps = config.steps * size.step_tokens(config)
    return float(steps / max(steps + size.tokens(config).sum(), 1.0))
