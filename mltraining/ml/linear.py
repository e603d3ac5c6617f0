"""Regularised logistic regression: fitted by scikit-learn, kept as plain arrays, its strength chosen out of fold."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mltraining.ml.metrics import log_loss
from mltraining.ml.split import balanced_weights, grouped_folds

NARROW = 600  # columns up to which Newton's method is faster than quasi-Newton steps
NEWTON_STEPS = 60
Matrix = Any  # numpy array or scipy sparse matrix, rows are examples


@dataclass(frozen=True)
class LinearScore:
    """log-odds = matrix @ weights + bias"""

    weights: np.ndarray  # (columns,)
    bias: float

    def __call__(self, matrix: Matrix) -> np.ndarray:
        return np.asarray(matrix @ self.weights).ravel() + self.bias

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {f"{prefix}.weights": self.weights, f"{prefix}.bias": np.array([self.bias])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> Self | None:
        if f"{prefix}.weights" not in arrays:
            return None
        return cls(arrays[f"{prefix}.weights"], float(arrays[f"{prefix}.bias"][0]))


@dataclass(frozen=True)
class Chosen:
    """A score, and what it said about rows that it was not fitted on."""

    score: LinearScore
    out_of_fold: np.ndarray  # (rows,) log-odds; NaN for rows that are not fresh
    strength: float


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1 + np.tanh(np.asarray(log_odds, dtype=float) / 2)))


def log_odds_of(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(clipped / (1 - clipped))


def smoothed_log_odds(labels: np.ndarray) -> float:
    """Of the base rate, never infinite."""
    return log_odds_of((np.sum(labels) + 0.5) / (len(labels) + 1))


def fit_logistic(matrix: Matrix, labels: np.ndarray, strength: float, weights: np.ndarray | None = None) -> LinearScore:
    """Ridge logistic regression; of one class alone it learns nothing but the base rate."""
    return fit_path(matrix, labels, [strength], weights)[0]


def fit_path(
    matrix: Matrix, labels: np.ndarray, strengths: Sequence[float], weights: np.ndarray | None = None
) -> list[LinearScore]:
    """One fit for each strength, each starting where the one before it ended."""
    if matrix.shape[1] == 0 or len(np.unique(labels)) < 2:
        return [LinearScore(np.zeros(matrix.shape[1]), smoothed_log_odds(labels)) for _ in strengths]
    weights = np.ones(len(labels)) if weights is None else weights
    is_narrow = matrix.shape[1] <= NARROW and isinstance(matrix, np.ndarray)
    return (by_newton if is_narrow else by_quasi_newton)(matrix, labels, strengths, weights)


def by_newton(
    matrix: np.ndarray, labels: np.ndarray, strengths: Sequence[float], weights: np.ndarray
) -> list[LinearScore]:
    """Newton's method with halved steps where a full one would overshoot; the bias is not penalised."""
    table = np.column_stack([matrix, np.ones(len(matrix))]).astype(np.float64)  # (rows, columns + 1)
    point = np.zeros(table.shape[1])
    fitted = []

    def loss(at: np.ndarray, penalty: np.ndarray) -> float:
        scores = table @ at
        return float(weights @ (np.logaddexp(0, scores) - labels * scores) + penalty @ at**2 / 2)

    for strength in strengths:
        penalty = np.append(np.full(matrix.shape[1], 1 / strength), 1e-9)
        value = loss(point, penalty)
        for _ in range(NEWTON_STEPS):
            said = sigmoid(table @ point)
            slope = table.T @ (weights * (said - labels)) + penalty * point
            bend = table.T @ (table * (weights * np.maximum(said * (1 - said), 1e-9))[:, None]) + np.diag(penalty)
            step = np.linalg.solve(bend, slope)
            share = 1.0
            while (ahead := loss(point - share * step, penalty)) > value and share > 1e-4:
                share /= 2
            point = point - share * step
            gained, value = value - ahead, ahead
            if gained < 1e-7 * len(labels):
                break
        fitted.append(LinearScore(point[:-1].copy(), float(point[-1])))
    return fitted


def by_quasi_newton(
    matrix: Matrix, labels: np.ndarray, strengths: Sequence[float], weights: np.ndarray
) -> list[LinearScore]:
    """For many or sparse columns."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  # scoring needs no scikit-learn
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    model = LogisticRegression(max_iter=200, tol=1e-3, warm_start=True)
    fitted = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last steps change no probability that anyone sees
        for strength in strengths:
            model.set_params(C=strength).fit(matrix, labels, sample_weight=weights)
            fitted.append(LinearScore(model.coef_[0].astype(np.float64), float(model.intercept_[0])))
    return fitted


def fit_sigmoid(log_odds: np.ndarray, labels: np.ndarray) -> LinearScore:
    """A nearly unpenalised regression on a few columns of log-odds (rows, parts): Platt's calibration and stacking."""
    return fit_logistic(log_odds, labels, 100.0)


def fit_chosen(  # noqa: PLR0913  # a contract of the rows, then of the choice
    matrix: Matrix,
    labels: np.ndarray,
    groups: np.ndarray,
    *,
    fresh: np.ndarray,
    strengths: Sequence[float],
    folds: int,
    balanced: bool = False,
    seed: int = 0,
) -> Chosen:
    """Fits on all rows with the strength that scores of held-out groups of fresh rows speak for.

    Rows that are not fresh (an encoder was tuned on them) always train and never judge.
    """
    rows = np.flatnonzero(fresh)
    matrix, back = narrowed(matrix)
    parts = [rows[fold.test] for fold in grouped_folds(labels[rows], groups[rows], folds, seed)]
    ordered = sorted(strengths)
    said = np.full((len(ordered), len(labels)), math.nan)
    for test in parts:
        train = np.setdiff1d(np.arange(len(labels)), test)
        for row, score in enumerate(
            fit_path(matrix[train], labels[train], ordered, weights_of(labels[train], balanced))
        ):
            said[row, test] = score(matrix[test])
    best = len(ordered) // 2
    if parts:
        losses = np.array([calibrated_loss(each[rows], labels[rows]) for each in said])
        best = likely_strength(losses * len(rows), ordered)
    score = fit_logistic(matrix, labels, ordered[best], weights_of(labels, balanced))
    return Chosen(LinearScore(back(score.weights), score.bias), said[best], ordered[best])


def likely_strength(losses: np.ndarray, strengths: Sequence[float]) -> int:
    """The place of the strength nearest to their mean on a logarithmic scale, each weighted by the likelihood that it
    gave held-out rows; `losses` are negative log-likelihoods of all rows together. Few rows tell strengths hardly
    apart, and the one that happens to be best may lie at an end of the range."""
    weights = np.exp(losses.min() - losses)
    middle = np.average(np.log(strengths), weights=weights)
    return int(np.argmin(np.abs(np.log(strengths) - middle)))


def fit_each(
    matrix: Matrix, labels: np.ndarray, trains: Sequence[np.ndarray], strength: float, *, balanced: bool = False
) -> list[LinearScore]:
    """One fit on each of some choices of rows."""
    matrix, back = narrowed(matrix)
    fitted = [fit_logistic(matrix[rows], labels[rows], strength, weights_of(labels[rows], balanced)) for rows in trains]
    return [LinearScore(back(score.weights), score.bias) for score in fitted]


def weights_of(labels: np.ndarray, balanced: bool) -> np.ndarray | None:
    return balanced_weights(labels) if balanced else None


def narrowed(matrix: Matrix) -> tuple[Matrix, Callable[[np.ndarray], np.ndarray]]:
    """The same rows turned into fewer columns where there are more columns than rows, and the way back for weights.

    Rows span no more dimensions than there are rows, and a ridge penalty does not feel a rotation: the fit is the same.
    """
    is_dense = isinstance(matrix, np.ndarray)
    if matrix.shape[1] <= matrix.shape[0] or (not is_dense and matrix.shape[0] > NARROW):
        return matrix, lambda weights: weights
    wide = matrix.astype(np.float64)
    products = wide @ wide.T
    values, vectors = np.linalg.eigh(products if is_dense else products.toarray())
    kept = values > values.max(initial=0.0) * 1e-10
    if not kept.any():
        return matrix, lambda weights: weights
    lengths = np.sqrt(values[kept])
    rotation = wide.T @ (vectors[:, kept] / lengths)  # (columns, kept)
    return vectors[:, kept] * lengths, lambda weights: rotation @ weights


def calibrated_loss(log_odds: np.ndarray, labels: np.ndarray) -> float:
    """The log-loss that is left after a sigmoid calibration: two parameters, so it may be fitted where it is judged."""
    column = log_odds[:, None]
    return log_loss(labels, sigmoid(fit_sigmoid(column, labels)(column)))
