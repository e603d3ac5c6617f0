"""What a shift of time takes from a calibration, and what the newest outcomes give back.

Test rows come in the order of time. Each block of them is judged by a line over log-odds that was fitted on the newest
rows before it, as if their outcomes had become known by then.
"""

from dataclasses import replace

import numpy as np

from mltraining.ml.linear import LinearScore, log_odds_of, sigmoid
from mltraining.ml.metrics import FoldScores

BLOCKS = 20
NEWEST = 1_000  # rows that a line is fitted on
SPREAD = 1.0  # standard deviation of slope and offset around those that leave everything as it was


def recalibrated(fold: FoldScores) -> FoldScores:
    """`fold`, whose rows stand in the order of time, as it would have been said with the newest outcomes at hand."""
    said = np.array([log_odds_of(float(each)) for each in fold.probabilities])
    again = fold.probabilities.copy()
    for block in np.array_split(np.arange(len(said)), min(BLOCKS, len(said)))[1:]:
        known = slice(max(0, block[0] - NEWEST), block[0])
        again[block] = sigmoid(line_by(said[known], fold.labels[known])(said[block, None]))
    return replace(fold, probabilities=again)


def line_by(log_odds: np.ndarray, labels: np.ndarray) -> LinearScore:
    """Slope and offset, drawn towards 1 and 0, so that few rows change little."""
    from scipy.optimize import minimize  # noqa: PLC0415  # nothing else here needs an optimiser

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        scores = point[0] * log_odds + point[1]
        miss, away = sigmoid(scores) - labels, (point - (1.0, 0.0)) / SPREAD**2
        value = np.logaddexp(0, scores).sum() - labels @ scores + away @ (point - (1.0, 0.0)) / 2
        return float(value), np.array([miss @ log_odds, miss.sum()]) + away

    slope, bias = minimize(loss, (1.0, 0.0), jac=True, method="L-BFGS-B").x
    return LinearScore(np.array([slope]), float(bias))
