"""The last step to a call's embedding, in numpy: serving needs no torch for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from mltraining.ml.encoder import VECTOR_DIM
from mltraining.ml.pooling import BLOCKS


@dataclass(frozen=True)
class Projection:
    weight: np.ndarray  # (VECTOR_DIM, P)
    bias: np.ndarray  # (VECTOR_DIM,)

    @classmethod
    def untrained(cls, dimension: int = VECTOR_DIM) -> Self:
        """The mean of the blocks: what an encoder that was not fine-tuned gives is sensible as it is."""
        weight = np.tile(np.eye(VECTOR_DIM, dimension, dtype=np.float32), len(BLOCKS)) / len(BLOCKS)
        return cls(weight, np.zeros(VECTOR_DIM, dtype=np.float32))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        return cls(arrays["projection.weight"], arrays["projection.bias"])

    def arrays(self) -> dict[str, np.ndarray]:
        return {"projection.weight": self.weight, "projection.bias": self.bias}

    def __call__(self, pooled: np.ndarray) -> np.ndarray:
        """(..., P) → (..., VECTOR_DIM) of unit length; zeros for a conversation without a word, untrained."""
        vectors = pooled @ self.weight.T + self.bias
        return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
