"""How good probabilities were, once the outcomes are known; plain arrays in, one number out."""

from typing import Any

import numpy as np

from predictions import intervals

CALIBRATION_BINS = 10
NOISE_DRAWS, FEWEST_DRAWS = 400, 100
MOST_DRAWN = 2_000_000  # outcomes, unless even the fewest draws take more


def auc(won: np.ndarray, probability: np.ndarray) -> float | None:
    """The chance that a won call was scored above a lost one, ties counting half; None with one class only."""
    above, below = probability[won], np.sort(probability[~won])
    if not above.size or not below.size:
        return None
    beaten = np.searchsorted(below, above, side="left") + np.searchsorted(below, above, side="right")
    return float(beaten.mean() / (2 * below.size))


def brier(won: np.ndarray, probability: np.ndarray) -> float:
    return float(np.mean((probability - won) ** 2))


def base_rate_brier(won: np.ndarray) -> float:
    """What always answering the share of won calls would have given."""
    share = float(np.mean(won))
    return share * (1 - share)


def calibration_error(won: np.ndarray, probability: np.ndarray, bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error over bins that hold equally many calls."""
    return float(calibration_errors(won[None, :], probability, bins)[0])


def calibration_errors(won: np.ndarray, probability: np.ndarray, bins: int) -> np.ndarray:
    """The same for many sets of outcomes (m, n) of the same probabilities (n,)."""
    order = np.argsort(probability, kind="stable")
    gaps = won[:, order] - probability[order]
    sums = np.add.reduceat(gaps, starts(order.size, bins), axis=1)
    return np.asarray(np.abs(sums).sum(axis=1) / order.size)


def calibration_noise(probability: np.ndarray, bins: int = CALIBRATION_BINS, seed: int = 0) -> float:
    """The calibration error that 95 % of perfectly calibrated scores like these stay under."""
    draws = min(NOISE_DRAWS, max(FEWEST_DRAWS, MOST_DRAWN // probability.size))
    drawn = np.random.default_rng(seed).random((draws, probability.size), dtype=np.float32) < probability
    return float(np.percentile(calibration_errors(drawn, probability, bins), 95))


def reliability(won: np.ndarray, probability: np.ndarray, bins: int = CALIBRATION_BINS) -> list[dict[str, Any]]:
    """What was said and what happened in each bin of the error, with the interval of the latter."""
    order = np.argsort(probability, kind="stable")
    points = []
    for part in np.split(order, starts(order.size, bins)[1:]):
        observed = intervals.share(int(won[part].sum()), part.size)
        if observed:
            points.append(
                {
                    "mean_predicted": float(np.mean(probability[part])),
                    "observed": observed.value,
                    "low": observed.low,
                    "high": observed.high,
                    "count": part.size,
                }
            )
    return points


def starts(count: int, bins: int) -> np.ndarray:
    """Where each bin begins; never more bins than there are calls."""
    return np.unique(np.linspace(0, count, min(bins, count) + 1).astype(int))[:-1]
