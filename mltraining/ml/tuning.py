"""Fine-tuning by a plan: on which calls, which stay fresh, and what the encoder then makes of all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import Encoded, encode, pooled_all
from mltraining.ml.encoder import Encoder, Pause, no_pause
from mltraining.ml.example import Example
from mltraining.ml.planning import Size, step_share
from mltraining.ml.projection import Projection
from mltraining.ml.scaling import Scale
from mltraining.ml.split import groups_of, kept_apart
from mltraining.ml.windows import Window

FEWEST_KEPT = 15  # calls of each outcome that fine-tuning does not see, where there are twice as many


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
    steps = 1.0 if config.tune == "projection" else step_share(Size.of(examples), config)
    result = finetune(
        KnownVectors(encoder, encoded) if config.tune == "projection" else encoder,
        learned,
        config,
        progress=every_tenth(lambda share, line: progress(steps * share, line)),
        checkpoint=checkpoint,
        validation=validation,
        scale=Scale.learn(pooled_all([encoded[row] for row in train[~kept]])),
    )
    if config.tune == "projection":
        return Tuning(encoder, result.projection, list(encoded), fresh, result.curve, notes=result.notes)
    again = encode(result.encoder, examples, config, lambda share: progress(steps + (1 - steps) * share, ""))
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
