"""What deciding at a threshold gives: hits, misses, and what both kinds of error cost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mltraining.ml.config import TrainConfig
from mltraining.ml.metrics import FoldScores

CHOSEN_ON = {  # by the rule that a threshold follows
    "f1": "training rows held out of the fit",
    "cost": "the two costs alone",
}

CELLS = ("tp", "fp", "fn", "tn")


def at_least(fold: FoldScores, zero_is_positive: bool = False) -> np.ndarray:
    """Which rows are called positive: the threshold itself belongs to outcome 1."""
    if zero_is_positive:
        return np.asarray(fold.probabilities > fold.threshold)
    return np.asarray(fold.probabilities >= fold.threshold)


def confusion(folds: Sequence[FoldScores]) -> dict[str, int]:
    """Counts at each fold's threshold."""
    counts = dict.fromkeys(CELLS, 0)
    for fold in folds:
        positive = at_least(fold)
        won = fold.labels == 1
        counts["tp"] += int(np.sum(positive & won))
        counts["fp"] += int(np.sum(positive & ~won))
        counts["tn"] += int(np.sum(~positive & ~won))
        counts["fn"] += int(np.sum(~positive & won))
    return counts


def threshold_table(
    folds: Sequence[FoldScores], limits: Sequence[Mapping[str, float]], config: TrainConfig
) -> dict[str, Any]:
    """What each rule's threshold gives on the test rows. `limits` holds each fold's, chosen without its test rows."""
    won = sum(int(np.sum(fold.labels == 1)) for fold in folds)
    n = sum(len(fold.labels) for fold in folds)
    return {
        "n": n,
        "cost_false_positive": config.cost_false_positive,
        "cost_false_negative": config.cost_false_negative,
        "cost_of_all": (n - won) * config.cost_false_positive,
        "cost_of_none": won * config.cost_false_negative,
        "rows": [threshold_row(rule, folds, limits, config) for rule in CHOSEN_ON],
        "at_percent": at_percent(folds),
    }


def at_percent(folds: Sequence[FoldScores]) -> list[list[int]]:
    """[tp, fp, fn, tn] at a threshold of 0, 1, … 100 %, the same for all folds."""
    lines = [[replace(fold, threshold=percent / 100) for fold in folds] for percent in range(101)]
    return [[counts[cell] for cell in CELLS] for counts in map(confusion, lines)]


def threshold_row(
    rule: str, folds: Sequence[FoldScores], limits: Sequence[Mapping[str, float]], config: TrainConfig
) -> dict[str, Any]:
    """The threshold is the mean of the folds', between the lowest and the highest of them."""
    chosen = [limit[rule] for limit in limits]
    counts = confusion([replace(fold, threshold=limit) for fold, limit in zip(folds, chosen, strict=True)])
    hits, alarms, missed = counts["tp"], counts["fp"], counts["fn"]
    return {
        "rule": rule,
        "chosen_on": CHOSEN_ON[rule],
        "in_use": rule == config.threshold,
        "threshold": float(np.mean(chosen)) if chosen else np.nan,
        "threshold_low": min(chosen, default=np.nan),
        "threshold_high": max(chosen, default=np.nan),
        **counts,
        "flagged": hits + alarms,
        "precision": share(hits, hits + alarms),
        "recall": share(hits, hits + missed),
        "f1": share(2 * hits, 2 * hits + alarms + missed),
        "cost": alarms * config.cost_false_positive + missed * config.cost_false_negative,
    }


def share(part: int, whole: int) -> float:
    return part / whole if whole else np.nan
