"""Joins the log-odds of several views of a call into one calibrated probability, learned on rows held out of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from mltraining.ml.bounds import Bounds, fit_between, fit_bounds, likely_bounds
from mltraining.ml.linear import log_odds_of, sigmoid, smoothed_log_odds
from mltraining.ml.metrics import log_loss
from mltraining.ml.split import grouped_folds

ISOTONIC_ROWS = 1_000  # fewer do not carry a free curve
ISOTONIC_GAIN = 0.001  # of log-loss on held-out groups, else the sigmoid stays
FEWEST_OF_A_CLASS = 5
SHARE_STRENGTH = 0.1  # inverse, of the ridge that shares are learned with
LEAST_MOVED = 0.1  # of what all parts together move


@dataclass(frozen=True)
class Calibration:
    """log-odds = weights · parts + bias; their sigmoid between two bounds, or for large data a monotone curve."""

    parts: tuple[str, ...]
    weights: np.ndarray  # (parts,) greater than 0
    bias: float
    knots: np.ndarray  # (knots, 2): log-odds before and after the curve; empty without one
    bounds: Bounds = field(default_factory=Bounds)  # where there are no knots, and of running calls

    def log_odds(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        """Before the curve: the scale on which contributions add up."""
        rows = len(next(iter(parts.values())))
        total = np.full(rows, self.bias)
        for name, weight in zip(self.parts, self.weights, strict=True):
            total += weight * parts[name]
        return total

    def probabilities(self, log_odds: np.ndarray) -> np.ndarray:
        if len(self.knots):
            return sigmoid(np.interp(log_odds, self.knots[:, 0], self.knots[:, 1]))
        return self.bounds(sigmoid(log_odds))

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
            "bounds": [self.bounds.low, self.bounds.high],
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        knots = np.array(saved["knots"], dtype=float).reshape(-1, 2)
        weights, bounds = np.array(saved["weights"], dtype=float), Bounds(*saved.get("bounds", ()))
        return cls(tuple(saved["parts"]), weights, float(saved["bias"]), knots, bounds)


@dataclass(frozen=True)
class Joined:
    calibration: Calibration
    shares: Mapping[str, np.ndarray]  # of the columns of each part that counts, 1 together


def fit_calibration(
    parts: Mapping[str, np.ndarray], labels: np.ndarray, groups: np.ndarray, *, method: str = "auto", seed: int = 0
) -> Calibration:
    """Learned on out-of-fold log-odds (rows,) of each part."""
    return fit_joined(parts, labels, groups, method=method, seed=seed).calibration


def fit_joined(  # what of which rows, then how
    parts: Mapping[str, np.ndarray],
    labels: np.ndarray,
    groups: np.ndarray,
    *,
    method: str = "auto",
    seed: int = 0,
    bounds: Bounds | None = None,
) -> Joined:
    """Learned on out-of-fold log-odds of each part: (rows,), or (rows, columns) where it is several lessons.

    `bounds`, where more rows than these tell them.
    """
    tables = as_tables(parts, labels)
    if not is_told(tables, labels):
        return base_rate(labels)
    shares = shares_among(tables, labels)
    said = summed(tables, shares)
    within = likely_bounds(said, labels, fit_bounds(said, labels) if bounds is None else bounds)
    line = fit_between(said[:, None], labels, within)
    if line.weights[0] <= 0 or not shares:
        return base_rate(labels)
    knots = np.zeros((0, 2))
    if method == "isotonic" or (method == "auto" and len(labels) >= ISOTONIC_ROWS):
        knots = chosen_curve(held_out(tables, labels, groups, within, seed), labels, groups, within, method, seed)
    weights = np.array([line.weights[0] * each.sum() for each in shares.values()])
    whole = Calibration(tuple(shares), weights, line.bias, knots, within)
    return Joined(whole, {name: each / each.sum() for name, each in shares.items()})


def told_bounds(parts: Mapping[str, np.ndarray], labels: np.ndarray) -> Bounds:
    """By rows whose log-odds are honest, of parts as for `fit_joined`."""
    tables = as_tables(parts, labels)
    return fit_bounds(summed(tables, shares_among(tables, labels)), labels) if is_told(tables, labels) else Bounds()


def as_tables(parts: Mapping[str, np.ndarray], labels: np.ndarray) -> dict[str, np.ndarray]:
    return {name: parts[name].reshape(len(labels), -1) for name in sorted(parts)}


def is_told(tables: Mapping[str, np.ndarray], labels: np.ndarray) -> bool:
    return bool(tables) and min(np.sum(labels == 1), np.sum(labels == 0)) >= FEWEST_OF_A_CLASS


def base_rate(labels: np.ndarray) -> Joined:
    return Joined(Calibration((), np.zeros(0), smoothed_log_odds(labels), np.zeros((0, 2))), {})


def summed(tables: Mapping[str, np.ndarray], shares: Mapping[str, np.ndarray]) -> np.ndarray:
    """(rows,) of the parts that count."""
    rows = len(next(iter(tables.values())))
    return sum((tables[name] @ each for name, each in shares.items()), np.zeros(rows))


def held_out(
    tables: Mapping[str, np.ndarray], labels: np.ndarray, groups: np.ndarray, bounds: Bounds, seed: int
) -> np.ndarray:
    """(rows,) log-odds of each row by shares and a line that were learned without its group."""
    said = np.full(len(labels), smoothed_log_odds(labels))
    for fold in grouped_folds(labels, groups, 5, seed):
        known = {name: table[fold.train] for name, table in tables.items()}
        asked = {name: table[fold.test] for name, table in tables.items()}
        shares = shares_among(known, labels[fold.train])
        line = fit_between(summed(known, shares)[:, None], labels[fold.train], bounds)
        said[fold.test] = line(summed(asked, shares)[:, None])
    return said


def shares_among(tables: Mapping[str, np.ndarray], labels: np.ndarray) -> dict[str, np.ndarray]:
    """(columns,) for each part that counts.

    A part that moves the sum by less than a share of all is left out, so that nothing has to be read for it; columns
    that count the wrong way round count nothing.
    """
    shares = shares_of(tables, labels)
    moved = {name: float((tables[name] @ each).std()) for name, each in shares.items()}
    least = LEAST_MOVED * sum(moved.values())
    counting = {name: tables[name] for name in shares if moved[name] > 0 and moved[name] >= least}
    return shares if len(counting) == len(shares) or not counting else shares_among(counting, labels)


def shares_of(tables: Mapping[str, np.ndarray], labels: np.ndarray) -> dict[str, np.ndarray]:
    """(columns,) for each part, none below 0, by a ridge regression: few rows leave the columns nearly equal, many let
    the better ones win. Choosing among columns on few rows would follow chance."""
    from scipy.optimize import minimize  # noqa: PLC0415  # scoring needs no optimiser

    table = np.hstack(list(tables.values()))
    columns = table.shape[1]

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        weights, said = point[:-1], table @ point[:-1] + point[-1]
        miss = sigmoid(said) - labels
        value = np.logaddexp(0, said).sum() - labels @ said + weights @ weights / (2 * SHARE_STRENGTH)
        return float(value), np.append(table.T @ miss + weights / SHARE_STRENGTH, miss.sum())

    start = np.append(np.full(columns, 1 / columns), smoothed_log_odds(labels))
    limits = [(0.0, None)] * columns + [(None, None)]
    found = minimize(loss, start, jac=True, bounds=limits, method="L-BFGS-B").x[:-1]
    ends = np.cumsum([each.shape[1] for each in tables.values()])[:-1]
    return dict(zip(tables, np.split(found, ends), strict=True))


def chosen_curve(  # the choice between two methods needs what both know
    said: np.ndarray, labels: np.ndarray, groups: np.ndarray, bounds: Bounds, method: str, seed: int
) -> np.ndarray:
    """Knots of a monotone curve over held-out log-odds (rows,); none where the sigmoid is as good."""
    if method == "auto":
        judged = np.full(len(labels), np.mean(labels))
        for fold in grouped_folds(labels, groups, 5, seed + 1):
            curve = isotonic_knots(said[fold.train], labels[fold.train])
            judged[fold.test] = sigmoid(np.interp(said[fold.test], curve[:, 0], curve[:, 1]))
        if log_loss(labels, judged) > log_loss(labels, bounds(sigmoid(said))) - ISOTONIC_GAIN:
            return np.zeros((0, 2))
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
