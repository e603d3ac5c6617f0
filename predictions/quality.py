"""How good probabilities were, once the outcomes are known; plain arrays in, one number out."""

import numpy as np

CALIBRATION_BINS = 10


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
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, min(bins, order.size))
    gaps = [part.size * abs(float(np.mean(probability[part]) - np.mean(won[part]))) for part in parts]
    return sum(gaps) / order.size
