"""How good probabilities are: ranking, error, calibration, and intervals that respect groups. NaN = cannot exist."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import binomtest, rankdata

BINS = 15  # of equal mass, as the calibration error is usually reported
CHUNK = 4_000_000  # cells of a resampling table that are held at once
TINY = 1e-15


@dataclass(frozen=True)
class FoldScores:
    """What one model said about the test rows of one fold."""

    index: np.ndarray  # (n,) which rows
    labels: np.ndarray  # (n,) 0 or 1
    probabilities: np.ndarray  # (n,)
    groups: np.ndarray  # (n,) numbers of groups
    threshold: float = 0.5
    seconds: float = field(default=0.0, compare=False)

    def part(self, chosen: np.ndarray) -> "FoldScores":
        """Only the rows for which `chosen`, indexed by row number, is true."""
        keep = chosen[self.index]
        taken = (self.index[keep], self.labels[keep], self.probabilities[keep], self.groups[keep])
        return FoldScores(*taken, self.threshold, self.seconds)

    def of_outcome_zero(self) -> "FoldScores":
        """The same with outcome 0 as the positive class."""
        return FoldScores(
            self.index, 1 - self.labels, 1 - self.probabilities, self.groups, 1 - self.threshold, self.seconds
        )


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve; ties count half."""
    positives = int(np.sum(labels == 1))
    negatives = len(labels) - positives
    if not positives or not negatives:
        return math.nan
    ranks = rankdata(scores)
    return float((ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    """Sum over thresholds of the gain in recall times precision; tied scores form one threshold."""
    positives = int(np.sum(labels == 1))
    if not positives or positives == len(labels):
        return math.nan
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order])
    last_of_tie = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits, seen = hits[last_of_tie], last_of_tie + 1
    return float(np.sum(np.diff(hits, prepend=0) / positives * hits / seen))


def brier(labels: np.ndarray, probabilities: np.ndarray) -> float:
    return float(np.mean((probabilities - labels) ** 2)) if len(labels) else math.nan


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    return float(np.mean(log_losses(labels, probabilities))) if len(labels) else math.nan


def log_losses(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    clipped = np.clip(probabilities, TINY, 1 - TINY)
    return np.asarray(-np.log(np.where(labels == 1, clipped, 1 - clipped)))


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> float:
    """Mean distance between what was said and what happened, over bins of equal mass."""
    if not len(labels):
        return math.nan
    return float(calibration_errors(labels[None, :], probabilities, bins)[0])


def calibration_errors(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The same for many sets of labels (m, n) of the same probabilities (n,).

    Rows with one probability share their mean outcome, so that the order in which they stand decides nothing.
    """
    said, happened, edges = in_bins(labels, probabilities, bins)
    gaps = np.add.reduceat(happened - said, edges, axis=1)
    return np.asarray(np.abs(gaps).sum(axis=1) / len(said))


def in_bins(labels: np.ndarray, probabilities: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities (n,) in ascending order, with what happened (m, n), and where each bin begins."""
    order = np.argsort(probabilities, kind="stable")
    said, happened = probabilities[order], labels[:, order].astype(float)
    starts = tie_starts(said)
    if len(starts) < len(said):
        sizes = np.diff(np.append(starts, len(said)))
        happened = np.repeat(np.add.reduceat(happened, starts, axis=1) / sizes, sizes, axis=1)
    return said, happened, np.unique(np.linspace(0, len(said), bins + 1).astype(int))[:-1]


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> list[dict[str, Any]]:
    """The reliability curve: mean probability and share of outcome 1, with its interval, in the bins of the error."""
    if not len(labels):
        return []
    points = []
    for mean, share, count in means_in_bins(labels, probabilities, bins):
        low, high = wilson(round(share * count), count)
        points.append({"mean_predicted": mean, "observed": share, "low": low, "high": high, "count": count})
    return points


def means_in_bins(values: np.ndarray, probabilities: np.ndarray, bins: int) -> Iterator[tuple[float, float, int]]:
    """Mean probability, mean of `values` (n,), and how many, of each bin."""
    said, happened, edges = in_bins(values[None, :], probabilities, bins)
    counts = np.diff(np.append(edges, len(said)))
    means = (np.add.reduceat(each, edges) / counts for each in (said, happened[0]))
    return zip(*(mean.tolist() for mean in means), counts.tolist(), strict=True)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not n:
        return math.nan, math.nan
    interval = binomtest(hits, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def calibration_noise(probabilities: np.ndarray, seed: int = 0, draws: int = 400, bins: int = BINS) -> float:
    """The calibration error that 95 % of perfectly calibrated models of this size and spread stay under."""
    if not len(probabilities):
        return math.nan
    generator = np.random.default_rng(seed)
    step = max(1, CHUNK // len(probabilities))
    errors = []
    for start in range(0, draws, step):
        size = (min(step, draws - start), len(probabilities))
        labels = generator.random(size, dtype=np.float32) < probabilities
        errors.append(calibration_errors(labels, probabilities, bins))
    return float(np.percentile(np.concatenate(errors), 95))


def f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    wrong_or_hit = np.sum(labels == 1) + np.sum(predicted)
    return float(2 * np.sum((labels == 1) & predicted) / wrong_or_hit) if wrong_or_hit else math.nan


def best_f1_threshold(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The threshold with the highest F1, halfway to the next lower probability so that it carries over."""
    if not len(labels) or not np.any(labels == 1):
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    said = probabilities[order]
    last_of_tie = np.append(np.flatnonzero(np.diff(said)), len(said) - 1)
    hits = np.cumsum(labels[order])[last_of_tie]
    scores = 2 * hits / (last_of_tie + 1 + np.sum(labels == 1))
    best = int(np.argmax(scores))
    below = said[last_of_tie[best] + 1] if best + 1 < len(last_of_tie) else 0.0
    return float((said[last_of_tie[best]] + below) / 2)


def tie_starts(ordered: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.append(True, np.diff(ordered) != 0))


def resamples(groups: int, draws: int, seed: int) -> np.ndarray:
    """How often each group is drawn, (draws, groups): a Poisson bootstrap, so that the table needs no loop."""
    return np.random.default_rng(seed).poisson(1.0, size=(draws, groups)).astype(np.float32)


def resampled_auc(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """AUC for each row of weights (draws, n) over the same labels and scores (n,)."""
    order = np.argsort(scores, kind="stable")
    starts = tie_starts(scores[order])
    positive = np.add.reduceat(weights[:, order] * (labels[order] == 1), starts, axis=1).astype(float)
    negative = np.add.reduceat(weights[:, order] * (labels[order] == 0), starts, axis=1).astype(float)
    won = (positive * (np.cumsum(negative, axis=1) - negative / 2)).sum(axis=1)
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return np.divide(won, pairs, out=np.full(len(won), math.nan), where=pairs > 0)


def mean_of_known(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Mean without NaN; NaN where nothing is known."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=axis)
    count = known.sum(axis=axis)
    return np.asarray(np.divide(total, count, out=np.full(np.shape(total), math.nan), where=count > 0))


def auc_interval(folds: Sequence[FoldScores], draws: int = 500, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the mean AUC over folds, by a bootstrap of whole groups."""
    tables = []
    for number, fold in enumerate(folds):
        if not len(fold.labels) or math.isnan(auc(fold.labels, fold.probabilities)):
            continue
        names, position = np.unique(fold.groups, return_inverse=True)
        tables.append(in_chunks(fold, position, len(names), draws, seed + number))
    if not tables:
        return math.nan, math.nan
    means = mean_of_known(np.stack(tables), axis=0)
    low, high = np.nanpercentile(means, [2.5, 97.5])
    return float(low), float(high)


def in_chunks(fold: FoldScores, position: np.ndarray, groups: int, draws: int, seed: int) -> np.ndarray:
    step = max(1, CHUNK // max(len(position), groups))
    parts = []
    for number, start in enumerate(range(0, draws, step)):
        drawn = resamples(groups, min(step, draws - start), seed * 1_000_003 + number)
        parts.append(resampled_auc(fold.labels, fold.probabilities, drawn[:, position]))
    return np.concatenate(parts)
