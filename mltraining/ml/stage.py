"""Probabilities of calls that still run: what speaks for the outcome weighs by how much has been heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mltraining.ml.linear import fit_sigmoid, sigmoid


@dataclass(frozen=True)
class StageCalibration:
    """log-odds = (slope + steepening · h) · log-odds of a whole call + drift · h + bias, where h is the logarithm of
    the words heard, centred."""

    slope: float
    steepening: float
    drift: float
    bias: float
    centre: float

    @classmethod
    def learn(cls, log_odds: np.ndarray, words: np.ndarray, labels: np.ndarray) -> Self:
        """From what held-out calls got partway: (rows,) of each."""
        centre = float(np.log1p(words).mean())
        heard = np.log1p(words) - centre
        fitted = fit_sigmoid(np.stack([log_odds, log_odds * heard, heard], axis=1), labels)
        slope, steepening, drift = map(float, fitted.weights)
        return cls(slope, steepening, drift, fitted.bias, centre)

    def probabilities(self, log_odds: np.ndarray, words: np.ndarray) -> np.ndarray:
        """What speaks for the outcome never counts against it, however little was heard."""
        heard = np.log1p(words) - self.centre
        slope = np.maximum(self.slope + self.steepening * heard, 0.0)
        return sigmoid(slope * log_odds + self.drift * heard + self.bias)

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any] | None) -> Self | None:
        return cls(**saved) if saved else None
