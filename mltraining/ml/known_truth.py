"""Beside simulated conversations, whose chances are known: the best possible row, how near the probabilities come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mltraining.ml.metrics import FoldScores, means_in_bins
from mltraining.ml.report import metrics_row, pooled_rows

BINS = 10  # of equal mass
BEST = "best_possible"


def known_truth(
    scores: Mapping[str, Sequence[FoldScores]], best: np.ndarray, true: np.ndarray, **options: Any
) -> dict[str, Any]:
    """`best` and `true` (rows,): the probability to expect from all that was said and known, and the one by which the
    outcome was drawn. Bins are given for each of `scores`."""
    possible = [replace(fold, probabilities=best[fold.index]) for fold in next(iter(scores.values()))]
    bins = {name: truth_bins(folds, true) for name, folds in scores.items()}
    return {
        "row": metrics_row(BEST, possible, **options),
        "bins": bins,
        "largest_gap": {name: max(map(gap, points)) for name, points in bins.items()},
    }


def truth_bins(folds: Sequence[FoldScores], true: np.ndarray) -> list[dict[str, Any]]:
    """Means of what was said and of what is true; rows of one probability share theirs."""
    _, probabilities = pooled_rows(folds)
    truths = np.concatenate([true[fold.index] for fold in folds])
    return [
        {"mean_predicted": predicted, "mean_true": truth, "count": count}
        for predicted, truth, count in means_in_bins(truths, probabilities, BINS)
    ]


def gap(point: Mapping[str, float]) -> float:
    return abs(point["mean_predicted"] - point["mean_true"])
