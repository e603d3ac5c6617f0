"""Joins the log-odds of several views of a call into one calibrated probability, learned on rows held out of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

import numpy as np

from mltraining.ml.linear import LinearScore, fit_sigmoid, log_odds_of, sigmoid, smoothed_log_odds
from mltraining.ml.metrics import log_loss
from mltraining.ml.split import grouped_folds

ISOTONIC_ROWS = 1_000  # fewer do not carry a free curve
ISOTONIC_GAIN = 0.001  # of log-loss on held-out groups, else the sigmoid stays
FEWEST_OF_A_CLASS = 5


@dataclass(frozen=True)
class Calibration:
    """log-odds = weights · parts + bias, and for large data a monotone curve on top."""

    parts: tuple[str, ...]
    weights: np.ndarray  # (parts,) greater than 0
    bias: float
    knots: np.ndarray  # (knots, 2): log-odds before and after the curve; empty without one

    def log_odds(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        """Before the curve: the scale on which contributions add up."""
        rows = len(next(iter(parts.values())))
        total = np.full(rows, self.bias)
        for name, weight in zip(self.parts, self.weights, strict=True):
            total += weight * parts[name]
        return total

    def probabilities(self, log_odds: np.ndarray) -> np.ndarray:
        if len(self.knots):
            log_odds = np.interp(log_odds, self.knots[:, 0], self.knots[:, 1])
        return sigmoid(log_odds)

    def weight_of(self, part: str) -> float:
        return float(self.weights[self.parts.index(part)]) if part in self.parts else 0.0

    @property
    def method(self) -> str:
        return "isotonic" if len(self.knots) else "sigmoid" if self.parts else "base rate"

    def to_dict(self) -> dict[str, Any]:
        return {
            "parts": list(self.parts),
            "weights": self.weights.tolist(),
            "bias": self.bias,
            "knots": self.knots.tolist(),
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        knots = np.array(saved["knots"], dtype=float).reshape(-1, 2)
        return cls(tuple(saved["parts"]), np.array(saved["weights"], dtype=float), float(saved["bias"]), knots)


def fit_calibration(
    parts: Mapping[str, np.ndarray], labels: np.ndarray, groups: np.ndarray, *, method: str = "auto", seed: int = 0
) -> Calibration:
    """Learned on out-of-fold log-odds (rows,) of each part.

    Every set of parts is tried on held-out groups, so a part that is noise is left out and the whole does not fall
    below the best part alone by more than the noise of that choice.
    """
    if not parts or min(np.sum(labels == 1), np.sum(labels == 0)) < FEWEST_OF_A_CLASS:
        return Calibration((), np.zeros(0), smoothed_log_odds(labels), np.zeros((0, 2)))
    names = sorted(parts)
    table = np.stack([parts[name] for name in names], axis=1)  # (rows, parts)
    folds = grouped_folds(labels, groups, 5, seed)
    best: tuple[float, list[int], np.ndarray] | None = None
    for size in range(1, len(names) + 1):
        for columns in map(list, combinations(range(len(names)), size)):
            said = np.full(len(labels), smoothed_log_odds(labels))
            for fold in folds:
                said[fold.test] = fit_part(table[:, columns], labels, fold.train)(table[fold.test][:, columns])
            loss = log_loss(labels, sigmoid(said))
            if best is None or loss < best[0]:
                best = (loss, columns, said)
    assert best is not None  # there is a part
    loss, columns, said = best
    fitted = fit_part(table[:, columns], labels, np.arange(len(labels)))
    knots = chosen_curve(said, labels, groups, method, loss, seed)
    counting = fitted.weights > 0
    chosen = tuple(names[column] for column, counts in zip(columns, counting, strict=True) if counts)
    return Calibration(chosen, fitted.weights[counting], fitted.bias, knots)


def fit_part(table: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> LinearScore:
    """A sigmoid over these columns; one that would count the wrong way round counts nothing."""
    fitted = fit_sigmoid(table[rows], labels[rows])
    if (fitted.weights >= 0).all():
        return fitted
    keep = fitted.weights > 0
    if not keep.any():
        return LinearScore(np.zeros(table.shape[1]), smoothed_log_odds(labels[rows]))
    again = fit_sigmoid(table[rows][:, keep], labels[rows])
    weights = np.zeros(table.shape[1])
    weights[keep] = np.maximum(again.weights, 0)
    return LinearScore(weights, again.bias)


def chosen_curve(  # the choice between two methods needs what both know
    said: np.ndarray, labels: np.ndarray, groups: np.ndarray, method: str, loss: float, seed: int
) -> np.ndarray:
    """Knots of a monotone curve over held-out log-odds; none where the sigmoid is as good."""
    none = np.zeros((0, 2))
    if method == "sigmoid" or (method == "auto" and len(labels) < ISOTONIC_ROWS):
        return none
    if method == "auto":
        judged = np.full(len(labels), np.mean(labels))
        for fold in grouped_folds(labels, groups, 5, seed + 1):
            curve = isotonic_knots(said[fold.train], labels[fold.train])
            judged[fold.test] = sigmoid(np.interp(said[fold.test], curve[:, 0], curve[:, 1]))
        if log_loss(labels, judged) > loss - ISOTONIC_GAIN:
            return none
    return isotonic_knots(said, labels)


def isotonic_knots(log_odds: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(knots, 2) of isotonic regression; a level reached by few rows is drawn in, so that nothing becomes certain."""
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415  # scoring needs no scikit-learn

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit(log_odds, labels)
    least = 0.5 / (len(labels) + 1)
    levels = np.clip(fitted.y_thresholds_, least, 1 - least)
    return np.stack([fitted.X_thresholds_, [log_odds_of(float(level)) for level in levels]], axis=1)


def chosen_threshold(labels: Sequence[int] | np.ndarray, probabilities: np.ndarray, config: Any) -> float:
    """By the best F1 on held-out rows, or by what each kind of error costs."""
    from mltraining.ml.metrics import best_f1_threshold  # noqa: PLC0415

    if config.threshold == "cost":
        return float(config.cost_false_positive / (config.cost_false_positive + config.cost_false_negative))
    return best_f1_threshold(np.asarray(labels), probabilities)
