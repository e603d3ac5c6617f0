"""An encoder of hashed words and word pairs: no torch, no weights, the same vector on every machine."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np

from mltraining.ml.encoder import HASHING, KIND_FILE, VECTOR_DIM, Pause, no_pause
from mltraining.ml.windows import Window

WINDOWS_AT_ONCE = 256


class HashingEncoder:
    """Signed feature hashing (Weinberger and others, 2009) with logarithmic counts."""

    name = HASHING

    def __init__(self, dimension: int = VECTOR_DIM) -> None:
        self.dimension = dimension

    def encode(self, windows: Sequence[Window], pause: Pause = no_pause) -> np.ndarray:
        known: dict[str, np.ndarray] = {}
        vectors = np.zeros((len(windows), self.dimension), dtype=np.float32)
        for row, window in enumerate(windows):
            if window.reading not in known:
                known[window.reading] = self._vector(window.reading)
            vectors[row] = known[window.reading]
            if (row + 1) % WINDOWS_AT_ONCE == 0:
                pause()
        return vectors

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / KIND_FILE).write_text(json.dumps({"kind": HASHING, "dimension": self.dimension}))

    def _vector(self, text: str) -> np.ndarray:
        words = text.lower().split()
        pairs = [f"{first} {second}" for first, second in pairwise(words)]
        vector = np.zeros(self.dimension)
        for feature, count in Counter(words + pairs).items():
            code = crc32(feature.encode("utf-8", "surrogatepass"))
            vector[(code >> 1) % self.dimension] += (1 + np.log(count)) * (1 if code & 1 else -1)
        if not vector.any():  # no words, or words that cancel out
            vector[0] = 1
        return (vector / np.linalg.norm(vector)).astype(np.float32)
