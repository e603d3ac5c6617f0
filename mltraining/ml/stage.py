"""Probabilities of calls that still run: what speaks for the outcome weighs by how much has been heard."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from mltraining.ml.bounds import Bounds, fit_between
from mltraining.ml.evidence import least_words
from mltraining.ml.linear import sigmoid


@dataclass(frozen=True)
class StageCalibration:
    """log-odds = (slope + steepening · h) · log-odds of a whole call + drift · h + bias, where h is the logarithm of
    the words heard, centred; probabilities keep the bounds of whole calls."""

    slope: float
    steepening: float
    drift: float
    bias: float
    centre: float
    bounds: Bounds = field(default_factory=Bounds)
    least_words: int = 0  # heard of a call that runs; below it nothing is told

    @classmethod
    def learn(cls, log_odds: np.ndarray, words: np.ndarray, labels: np.ndarray, bounds: Bounds) -> Self:
        """From what held-out calls got partway: (rows,) of each."""
        centre = float(np.log1p(words).mean())
        heard = np.log1p(words) - centre
        fitted = fit_between(np.stack([log_odds, log_odds * heard, heard], axis=1), labels, bounds)
        slope, steepening, drift = map(float, fitted.weights)
        stage = cls(slope, steepening, drift, fitted.bias, centre, bounds)
        return replace(stage, least_words=least_words(words, stage.probabilities(log_odds, words), labels))

    def probabilities(self, log_odds: np.ndarray, words: np.ndarray) -> np.ndarray:
        """What speaks for the outcome never counts against it, however little was heard."""
        heard = np.log1p(words) - self.centre
        slope = np.maximum(self.slope + self.steepening * heard, 0.0)
        return self.bounds(sigmoid(slope * log_odds + self.drift * heard + self.bias))

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any] | None) -> Self | None:
        return cls(**{**saved, "bounds": Bounds(**saved.get("bounds", {}))}) if saved else None
