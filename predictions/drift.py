"""How far a sample has moved from its reference; plain numbers in, one number out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def psi(reference: ArrayLike, current: ArrayLike, bins: int = 10) -> float:
    """Population stability index over the quantiles of the reference: 0 for the same distribution, never negative.

    Each bin gets half a count more than it holds, so that an empty bin in a small sample is no infinity. 0 when either
    side holds nothing: there is nothing to compare.
    """
    old, new = finite(reference), finite(current)
    if not old.size or not new.size:
        return 0.0
    inner = np.unique(np.quantile(old, np.linspace(0, 1, bins + 1)[1:-1]))
    expected, actual = shares(old, inner), shares(new, inner)
    return max(0.0, float(np.sum((actual - expected) * np.log(actual / expected))))


def shares(sample: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """The smoothed share in each bin: values up to a limit, on it, and between it and the next."""
    # A limit has a bin of its own: a constant reference would otherwise hide everything on one side of it.
    places = np.searchsorted(inner, sample, side="left") + np.searchsorted(inner, sample, side="right")
    counts = np.bincount(places, minlength=2 * inner.size + 1) + 0.5
    return np.asarray(counts / counts.sum())


def ks(reference: ArrayLike, current: ArrayLike) -> float:
    """Kolmogorov-Smirnov distance: the largest gap between the two cumulative distributions, 0 to 1."""
    old, new = np.sort(finite(reference)), np.sort(finite(current))
    if not old.size or not new.size:
        return 0.0
    values = np.concatenate([old, new])
    below_old = np.searchsorted(old, values, side="right") / old.size
    below_new = np.searchsorted(new, values, side="right") / new.size
    return float(np.max(np.abs(below_old - below_new)))


def centroid_distance(reference: Sequence[float], current: Sequence[float]) -> float:
    """Cosine distance of two mean vectors, 0 to 2; 0 when either has no direction."""
    old, new = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    length = float(np.linalg.norm(old) * np.linalg.norm(new)) if old.shape == new.shape else 0.0
    if not np.isfinite(length) or length == 0.0:
        return 0.0
    return float(np.clip(1.0 - old @ new / length, 0.0, 2.0))


def finite(sample: ArrayLike) -> np.ndarray:
    numbers = np.asarray(sample, dtype=float).ravel()
    return numbers[np.isfinite(numbers)]
