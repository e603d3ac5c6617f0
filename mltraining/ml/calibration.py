"""Joins the log-odds of several views of a call into one calibrated probability, learned on rows held out of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mltraining.ml.linear import LinearScore, fit_sigmoid, log_odds_of, sigmoid, smoothed_log_odds
from mltraining.ml.metrics import log_loss
from mltraining.ml.split import grouped_folds

ISOTONIC_ROWS = 1_000  # fewer do not carry a free curve
ISOTONIC_GAIN = 0.001  # of log-loss on held-out groups, else the sigmoid stays
FEWEST_OF_A_CLASS = 5
SHARE_STRENGTH = 0.1  # inverse, of the ridge that shares are learned with
LEAST_MOVED = 0.1  # of what all parts together move


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
    """Learned on out-of-fold log-odds (rows,) of each part."""
    if not parts or min(np.sum(labels == 1), np.sum(labels == 0)) < FEWEST_OF_A_CLASS:
        return Calibration((), np.zeros(0), smoothed_log_odds(labels), np.zeros((0, 2)))
    names = sorted(parts)
    table = np.stack([parts[name] for name in names], axis=1)  # (rows, parts)
    said = np.full(len(labels), smoothed_log_odds(labels))
    for fold in grouped_folds(labels, groups, 5, seed):
        said[fold.test] = fit_joined(table[fold.train], labels[fold.train])(table[fold.test])
    fitted = fit_joined(table, labels)
    knots = chosen_curve(said, labels, groups, method, log_loss(labels, sigmoid(said)), seed)
    counting = fitted.weights > 0
    chosen = tuple(name for name, counts in zip(names, counting, strict=True) if counts)
    return Calibration(chosen, fitted.weights[counting], fitted.bias, knots)


def fit_joined(table: np.ndarray, labels: np.ndarray, *, least_moved: float = LEAST_MOVED) -> LinearScore:
    """The columns by their shares, then one slope that is free: Platt's calibration of their sum.

    A column that moves the sum by less than a share of all is left out, so that nothing has to be read for it; columns
    that count the wrong way round count nothing, and where that is all of them, only the base rate stays.
    """
    shares = shares_of(table, labels)
    moved = shares * table.std(axis=0)
    counting = moved >= least_moved * moved.sum()
    shares[~counting] = 0.0
    if not counting.all():
        shares[counting] = shares_of(table[:, counting], labels)
    line = fit_sigmoid((table @ shares)[:, None], labels)
    if line.weights[0] <= 0 or not shares.any():
        return LinearScore(np.zeros(len(shares)), smoothed_log_odds(labels))
    return LinearScore(shares * line.weights[0], line.bias)


def shares_of(table: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(columns,) none below 0, by a ridge regression: few rows leave the columns nearly equal, many let the better
    ones win. Choosing among columns on few rows would follow chance."""
    from scipy.optimize import minimize  # noqa: PLC0415  # scoring needs no optimiser

    columns = table.shape[1]

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        weights, said = point[:-1], table @ point[:-1] + point[-1]
        miss = sigmoid(said) - labels
        value = np.logaddexp(0, said).sum() - labels @ said + weights @ weights / (2 * SHARE_STRENGTH)
        return float(value), np.append(table.T @ miss + weights / SHARE_STRENGTH, miss.sum())

    start = np.append(np.full(columns, 1 / columns), smoothed_log_odds(labels))
    bounds = [(0.0, None)] * columns + [(None, None)]
    found: np.ndarray = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return found[:-1]


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
