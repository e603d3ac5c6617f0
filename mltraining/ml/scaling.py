"""Brings the blocks of pooled vectors to one scale, so that one range of regularisation suits short and long calls."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mltraining.ml.encoder import VECTOR_DIM
from mltraining.ml.linear import LinearScore

LEAST_SPREAD = 1e-4  # a block that hardly varies teaches nothing and would only be noise made large


@dataclass(frozen=True)
class Scale:
    """scaled = (matrix - center) * factor; each block of columns then has a total variance of 1."""

    center: np.ndarray  # (columns,)
    factor: np.ndarray  # (columns,)

    @classmethod
    def learn(cls, matrix: np.ndarray, width: int = VECTOR_DIM) -> Self:
        """`matrix` (rows, blocks * width)"""
        spread = np.sqrt(matrix.var(axis=0).reshape(-1, width).sum(axis=1))  # (blocks,)
        factor = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > LEAST_SPREAD)
        return cls(matrix.mean(axis=0), np.repeat(factor, width))

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray((matrix - self.center) * self.factor)

    def undone(self, score: LinearScore) -> LinearScore:
        """The same score of rows that were not scaled."""
        weights = score.weights * self.factor
        return LinearScore(weights, score.bias - float(weights @ self.center))
