"""Whether one model is better than another on the same calls: differences with intervals from a paired bootstrap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from mltraining.ml.metrics import (
    CHUNK,
    FoldScores,
    auc,
    log_losses,
    mean_of_known,
    resampled_auc,
    resamples,
)


@dataclass(frozen=True)
class Difference:
    """First less second, with its 95 % interval. NaN where there is nothing to compare."""

    value: float
    low: float
    high: float
    better: float  # share of the resamples in which the first is better

    @property
    def is_known(self) -> bool:
        return bool(np.isfinite([self.value, self.low, self.high]).all())


@dataclass(frozen=True)
class Comparison:
    brier: Difference  # below 0: the first is better
    log_loss: Difference
    auc: Difference  # above 0: the first is better
    n: int = 0  # rows that both were compared on


def paired_rows(
    best: Sequence[FoldScores], others: Mapping[str, Sequence[FoldScores]], *, draws: int = 500, seed: int = 0
) -> list[dict[str, Any]]:
    """One row for each metric and each of the others."""
    rows = []
    for name, folds in others.items():
        rows += rows_against(name, compare(best, folds, draws=draws, seed=seed))
    return rows


def rows_against(name: str, comparison: Comparison) -> list[dict[str, Any]]:
    rows = []
    for metric in ("auc", "brier", "log_loss"):
        gap: Difference = getattr(comparison, metric)
        rows.append(
            {"against": name, "metric": metric, "n": comparison.n, "difference": gap.value}
            | {"low": gap.low, "high": gap.high, "better": gap.better}
        )
    return rows


def compare(
    first: Sequence[FoldScores], second: Sequence[FoldScores], *, draws: int = 500, seed: int = 0
) -> Comparison:
    """Both must hold the same rows in the same order; whole groups are drawn."""
    labels = np.concatenate([fold.labels for fold in first])
    _, groups = np.unique(np.concatenate([fold.groups for fold in first]), return_inverse=True)
    said = [np.concatenate([fold.probabilities for fold in folds]) for folds in (first, second)]
    squared = (said[0] - labels) ** 2 - (said[1] - labels) ** 2
    logged = log_losses(labels, said[0]) - log_losses(labels, said[1])
    bounds = np.cumsum([0] + [len(fold.labels) for fold in first])
    pieces = [slice(start, stop) for start, stop in pairwise(bounds)]
    count = int(groups.max()) + 1 if len(groups) else 1
    step = max(1, CHUNK // max(len(labels), count, 1))
    drawn: dict[str, list[np.ndarray]] = {"brier": [], "log_loss": [], "auc": []}
    sums = {name: np.bincount(groups, loss, count) for name, loss in (("brier", squared), ("log_loss", logged))}
    sizes = np.bincount(groups, minlength=count)
    for number, start in enumerate(range(0, draws, step)):
        weights = resamples(count, min(step, draws - start), seed * 1_000_003 + number)
        rows = np.maximum(weights @ sizes, 1)
        for name, sum_of_group in sums.items():
            drawn[name].append(weights @ sum_of_group / rows)
        by_row = weights[:, groups]
        gaps = [
            resampled_auc(labels[piece], said[0][piece], by_row[:, piece])
            - resampled_auc(labels[piece], said[1][piece], by_row[:, piece])
            for piece in pieces
            if len(labels[piece])
        ]
        if gaps:
            drawn["auc"].append(mean_of_known(np.stack(gaps), axis=0))
    ranked = [auc(labels[piece], said[0][piece]) - auc(labels[piece], said[1][piece]) for piece in pieces]
    return Comparison(
        brier=difference(float(squared.mean()) if len(labels) else np.nan, drawn["brier"], sign=-1),
        log_loss=difference(float(logged.mean()) if len(labels) else np.nan, drawn["log_loss"], sign=-1),
        auc=difference(float(mean_of_known(np.array(ranked))), drawn["auc"], sign=1),
        n=len(labels),
    )


def difference(value: float, parts: Sequence[np.ndarray], *, sign: int) -> Difference:
    """`sign` says which way is better."""
    values = np.concatenate(parts) if parts else np.zeros(0)
    values = values[np.isfinite(values)]
    if not len(values) or not np.isfinite(value):
        return Difference(np.nan, np.nan, np.nan, np.nan)
    low, high = np.percentile(values, [2.5, 97.5])
    return Difference(value, float(low), float(high), float(np.mean(sign * values > 0)))
