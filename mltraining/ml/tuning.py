"""What of the encoder is fine-tuned, for how long, on which calls: chosen from the data, the device and the budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import Encoded, encode, pooled_all
from mltraining.ml.encoder import HASHING, Encoder, Pause, no_pause
from mltraining.ml.example import Example
from mltraining.ml.projection import Projection
from mltraining.ml.scaling import Scale
from mltraining.ml.split import groups_of, kept_apart
from mltraining.ml.windows import Window

TOKENS_A_WORD, TOKENS_A_TURN = 1.35, 5.0
# Tokens a second that a small encoder reads, forward only: cautious, and fixed so that a machine always plans alike.
CPU_RATE, CPU_RATE_BF16, GPU_RATE = 2_000.0, 4_000.0, 150_000.0
STEP_COST = 3.0  # forward and backward, in forward passes
FEWEST_STEPS = 20
FEWEST_KEPT = 15  # calls of each outcome that fine-tuning does not see, where there are twice as many
PROJECTION_STEPS = 200  # over vectors that are there already: seconds


@dataclass(frozen=True)
class Plan:
    tune: str
    steps: int
    why: str  # for people

    def applied(self, config: TrainConfig) -> TrainConfig:
        return replace(config, tune=self.tune, steps=self.steps)


@dataclass(frozen=True)
class Tuning:
    """An encoder with its projection, what they make of the calls, and which calls they were not tuned on."""

    encoder: Encoder
    projection: Projection
    encoded: list[Encoded]
    fresh: np.ndarray  # (calls,) True: head and calibration may judge by it
    curve: tuple[dict[str, float], ...] = ()
    is_untuned: bool = False
    notes: tuple[str, ...] = ()


def tokens_of(examples: Sequence[Example], config: TrainConfig) -> np.ndarray:
    """(calls,) about how many an encoder reads of each, what passages carry over counted."""
    spoken = np.array([call.words * TOKENS_A_WORD + len(call.turns) * TOKENS_A_TURN for call in examples])
    fresh = max(config.passage_tokens - config.context_tokens, 1)  # of each passage but the first
    return spoken + np.ceil(np.maximum(spoken - config.passage_tokens, 0) / fresh) * config.context_tokens


def reading_rate(encoder: Encoder) -> float:
    """Tokens a second, by device."""
    device = getattr(encoder, "device", None)
    if device is not None and device.type != "cpu":
        return GPU_RATE
    return CPU_RATE_BF16 if getattr(encoder, "uses_bf16", False) else CPU_RATE


def planned(
    examples: Sequence[Example], encoder: Encoder, config: TrainConfig, *, rounds: int = 0, minutes: float = 0.0
) -> Plan:
    """`minutes` is the budget of all `rounds` together; 0 for none, as when measuring."""
    has_no_weights = config.tune == "auto" and encoder.name == HASHING
    if config.tune == "none" or has_no_weights or not any(example.words for example in examples):
        return Plan("none", 0, "The encoder stays as it is.")
    steps = config.steps or steps_for(len(examples), config)
    if config.tune == "projection":
        return Plan("projection", config.steps or PROJECTION_STEPS, "Only the projection is fine-tuned, as asked for.")
    if config.tune != "auto":
        return Plan(config.tune, steps, f"Fine-tuning {config.tune} in {steps} steps, as asked for.")
    reading = tokens_of(examples, config).sum() / reading_rate(encoder) / 60
    needed = reading + rounds * round_minutes(examples, encoder, config, steps)
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


def round_minutes(examples: Sequence[Example], encoder: Encoder, config: TrainConfig, steps: int) -> float:
    """An estimate for one fine-tuning and one encoding of everything."""
    tokens = tokens_of(examples, config)
    a_step = 2 * config.batch_per_class * np.minimum(tokens, config.tuned_tokens).mean() * STEP_COST
    work = tokens.sum() + steps * a_step
    return float(work / reading_rate(encoder) / 60)


def tuned(  # noqa: PLR0913  # the calls, their vectors, and how to go about it
    encoder: Encoder,
    examples: Sequence[Example],
    encoded: Sequence[Encoded],
    train: np.ndarray,
    config: TrainConfig,
    progress: Callable[[float, str], None],
    *,
    checkpoint: Path | None = None,
    validation: Sequence[Example] = (),
) -> Tuning:
    """Fine-tunes on the rows `train` but for a share of their groups, which stay fresh, and encodes every call anew.

    `config` is one that a plan was applied to; `encoded` are the calls by the encoder as it was.
    """
    if config.tune == "none":
        return untuned(encoder, encoded)
    chosen = [examples[row] for row in train]
    labels = np.array([example.label for example in chosen], dtype=int)
    kept = kept_apart(labels, groups_of(chosen), kept_share(labels, config), config.seed)
    learned = [example for example, stays in zip(chosen, kept, strict=True) if not stays]
    if len({example.label for example in learned if example.words}) < 2:
        return untuned(encoder, encoded)
    from mltraining.ml.finetune import finetune  # noqa: PLC0415  # loads torch

    fresh = np.ones(len(examples), dtype=bool)
    fresh[train[~kept]] = False
    result = finetune(
        KnownVectors(encoder, encoded) if config.tune == "projection" else encoder,
        learned,
        config,
        progress=every_tenth(lambda share, line: progress(0.75 * share, line)),
        checkpoint=checkpoint,
        validation=validation,
        scale=Scale.learn(pooled_all([encoded[row] for row in train[~kept]])),
    )
    if config.tune == "projection":
        return Tuning(encoder, result.projection, list(encoded), fresh, result.curve, notes=result.notes)
    again = encode(result.encoder, examples, config, lambda share: progress(0.75 + 0.25 * share, ""))
    return Tuning(result.encoder, result.projection, again, fresh, result.curve, notes=result.notes)


def kept_share(labels: np.ndarray, config: TrainConfig) -> float:
    """Of the groups: more where an outcome is rare, since a few calls cannot judge head and calibration."""
    rare = max(np.bincount(labels, minlength=2).min(), 1)
    return float(max(config.kept_share, min(FEWEST_KEPT / rare, 0.5)))


class KnownVectors:
    """An encoder that stays as it is and has read these calls already."""

    def __init__(self, encoder: Encoder, encoded: Sequence[Encoded]) -> None:
        self.encoder = encoder
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.known = {
            (window.before, window.reading): vector
            for call in encoded
            for window, vector in zip(call.windows, call.vectors, strict=True)
        }

    def encode(self, windows: Sequence[Window], pause: Pause = no_pause) -> np.ndarray:
        keys = [(window.before, window.reading) for window in windows]
        new = [row for row, key in enumerate(keys) if key not in self.known]
        if new:
            vectors = self.encoder.encode([windows[row] for row in new], pause)
            self.known.update((keys[row], vector) for row, vector in zip(new, vectors, strict=True))
        return np.array([self.known[key] for key in keys], dtype=np.float32).reshape(len(keys), self.dimension)

    def save(self, folder: Path) -> None:
        self.encoder.save(folder)


def untuned(encoder: Encoder, encoded: Sequence[Encoded]) -> Tuning:
    everything = np.ones(len(encoded), dtype=bool)
    return Tuning(encoder, Projection.untrained(encoder.dimension), list(encoded), everything, is_untuned=True)


def every_tenth(progress: Callable[[float, str], None]) -> Callable[[float, str], None]:
    """Passes each share on, but only ten lines of a loop that has one for each step."""
    told = -1

    def tell(share: float, line: str) -> None:
        nonlocal told
        is_new = int(share * 10) > told
        told = max(told, int(share * 10))
        progress(share, line if is_new else "")

    return tell
