"""Conversations as vectors: each window's, and what the head reads of a whole call, a prefix, or one with a gap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mltraining.ml.config import TrainConfig
from mltraining.ml.encoder import Encoder, Pause, no_pause
from mltraining.ml.example import Example
from mltraining.ml.pooling import pooled
from mltraining.ml.projection import Projection
from mltraining.ml.windows import Cutter, Window

EMBEDDING_SCALE = 1.0  # of the call embedding beside the pooled blocks
TURNS_AT_ONCE = 512  # cut into windows between two pauses
SLICE = 4_096  # windows that are encoded between two reports of progress


@dataclass(frozen=True)
class Encoded:
    """A conversation's windows with the vector of each, (windows, D); vectors may come from a store."""

    windows: tuple[Window, ...]
    vectors: np.ndarray


def windows_for(example: Example, config: TrainConfig, pause: Pause = no_pause) -> list[Window]:
    cutter, windows = cutter_for(config), []
    for number, turn in enumerate(example.turns, start=1):
        windows += cutter.cut(turn)
        if not number % TURNS_AT_ONCE:
            pause()
    return windows


def cutter_for(config: TrainConfig) -> Cutter:
    return Cutter(config.window_tokens, config.passage_tokens, config.context_tokens)


def encode(
    encoder: Encoder,
    examples: Sequence[Example],
    config: TrainConfig,
    progress: Callable[[float], None] = lambda share: None,
    pause: Pause = no_pause,
) -> list[Encoded]:
    """The windows of all examples, encoded together; `progress` hears the share that is done."""
    windows = [windows_for(example, config, pause) for example in examples]
    every = [window for some in windows for window in some]
    parts = [np.zeros((0, encoder.dimension), dtype=np.float32)]
    for start in range(0, len(every), SLICE):
        parts.append(encoder.encode(every[start : start + SLICE], pause))
        progress(min(1.0, (start + SLICE) / len(every)))
    ends: np.ndarray | list[int] = np.cumsum([len(some) for some in windows], dtype=int)[:-1] if windows else []
    vectors = np.split(np.concatenate(parts), ends)
    return [Encoded(tuple(some), rows) for some, rows in zip(windows, vectors, strict=True)] if windows else []


def pooled_all(encoded: Sequence[Encoded]) -> np.ndarray:
    """(calls, P)"""
    return np.stack([pooled(call.vectors, call.windows) for call in encoded])


def text_view(blocks: np.ndarray, projection: Projection) -> np.ndarray:
    """(..., P) → (..., P + E): pooled blocks with the call embedding beside them."""
    return np.concatenate([blocks, EMBEDDING_SCALE * projection(blocks)], axis=-1)
