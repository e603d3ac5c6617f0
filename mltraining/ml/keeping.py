"""Reads a running conversation at the cost of what is new in it: what the layers made of a passage is kept.

A window sees what was said before it in its passage, and nothing of that sees the window: the keys and values that the
layers made of earlier readings are final, and a new reading is read with them.
"""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import torch
from transformers import DynamicCache

from mltraining.ml.sentence_encoder import SentenceEncoder
from mltraining.ml.windows import Window

KEEPING = ("bert", "roberta", "xlm-roberta", "camembert")  # whose layers take keys and values of earlier tokens
FEWEST_TOGETHER = 4  # windows; so many that came at once are read in batches, as those of a whole call


def keeps(encoder: SentenceEncoder) -> bool:
    return getattr(getattr(encoder.transformer, "config", None), "model_type", "") in KEEPING


class KeepingFollower:
    """Of one conversation; holds some 20 kB for each token of the passage (12 layers of 768: 75)."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self.encoder = encoder
        self.passage: list[str] = []  # readings so far
        self.ids: list[list[int]] = []  # of each of them
        self.first = 0  # the first reading that is still seen
        self.cache = DynamicCache()

    def read(self, windows: Sequence[Window]) -> np.ndarray:
        if len(windows) >= FEWEST_TOGETHER:
            self.passage = []  # no longer what the next window sees: it is read once more with that
            return self.encoder.encode(windows)
        self.encoder.model.eval()
        with torch.inference_mode():
            vectors = [self.vector(window) for window in windows]
        return np.concatenate([np.zeros((0, self.encoder.dimension), dtype=np.float32), *vectors])

    def vector(self, window: Window) -> np.ndarray:
        """(1, dimension)"""
        goes_on = bool(self.passage) and list(window.before) == self.passage
        new = [window.reading] if goes_on else [*window.before, window.reading]
        longest = self.encoder.max_tokens
        if not goes_on:
            self.passage, self.ids, self.first = [], [], 0
        self.passage += new
        self.ids += [ids[:longest] for ids in self.encoder.tokenized(new)]
        first = seen_from(self.ids, longest)
        if not goes_on or first != self.first:
            self.cache, self.first = DynamicCache(), first
            return self.after(self.ids[first:])
        return self.after(self.ids[-1:])

    def after(self, readings: Sequence[Sequence[int]]) -> np.ndarray:
        """(1, dimension) of the last of these readings, which come after those that are kept."""
        device = self.encoder.device
        kept = self.cache.get_seq_length()
        ids = torch.tensor([[token for reading in readings for token in reading]], device=device)
        number = torch.tensor([place for place, reading in enumerate(readings) for _ in reading], device=device)
        sees = torch.ones(1, 1, len(number), kept + len(number), dtype=torch.bool, device=device)
        sees[0, 0, :, kept:] = number[:, None] >= number[None, :]
        states = self.encoder.seeing(ids, sees, past_key_values=self.cache)
        own = states[:, -len(readings[-1]) :].float()
        vector: np.ndarray = self.encoder.vectors(own, torch.ones(own.shape[:2], device=device).long()).cpu().numpy()
        return vector


def seen_from(readings: Sequence[Sequence[int]], longest: int) -> int:
    """The first reading that the last one sees: together they have at most `longest` tokens."""
    sizes = list(accumulate(len(reading) for reading in reversed(readings)))
    return len(readings) - sum(size <= longest for size in sizes)
