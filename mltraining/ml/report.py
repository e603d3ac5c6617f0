"""What an evaluation found, as plain JSON values. A number that cannot exist is null."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mltraining.ml.decisions import at_least
from mltraining.ml.evaluate import ROWS, Evaluated
from mltraining.ml.metrics import (
    FoldScores,
    auc,
    auc_interval,
    average_precision,
    brier,
    calibration_error,
    calibration_noise,
    f1,
    log_loss,
    mean_of_known,
)
from mltraining.ml.partway import SHARES

FEWEST_WENT_ON = 10  # calls of each outcome; fewer say nothing about a moment


def metrics_row(
    name: str, folds: Sequence[FoldScores], *, draws: int = 500, seed: int = 0, zero_is_positive: bool = False
) -> dict[str, Any]:
    """One row: ranking as mean over folds, with the spread over folds and an interval; the rest over all rows.

    With `zero_is_positive`, auc, ap and f1 are those of finding outcome 0.
    """
    ranked = [fold.of_outcome_zero() for fold in folds] if zero_is_positive else list(folds)
    aucs = np.array([auc(fold.labels, fold.probabilities) for fold in ranked])
    precisions = np.array([average_precision(fold.labels, fold.probabilities) for fold in ranked])
    known = aucs[np.isfinite(aucs)]
    low, high = auc_interval(ranked, draws, seed)
    labels, said = pooled_rows(folds)
    decided = [(fold.labels, at_least(fold, zero_is_positive)) for fold in ranked]
    found = np.concatenate([positive for _, positive in decided]) if decided else np.zeros(0, dtype=bool)
    truth = np.concatenate([positive for positive, _ in decided]) if decided else np.zeros(0)
    row = {
        "name": name,
        "auc": float(mean_of_known(aucs)),
        "auc_sd": float(known.std(ddof=1)) if len(known) > 1 else math.nan,
        "auc_low": low,
        "auc_high": high,
        "ap": float(mean_of_known(precisions)),
        "brier": brier(labels, said),
        "log_loss": log_loss(labels, said),
        "ece": calibration_error(labels, said),
        "ece_noise": calibration_noise(said, seed),
        "f1": f1(truth, found),
        "accuracy": float(np.mean((said >= 0.5) == labels)) if len(labels) else math.nan,
        "seconds": round(sum(fold.seconds for fold in folds), 2),
        "n": len(labels),
    }
    return {key: without_nan(value) for key, value in row.items()}


def pooled_rows(folds: Sequence[FoldScores]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of all folds together."""
    if not folds:
        return np.zeros(0), np.zeros(0)
    return np.concatenate([fold.labels for fold in folds]), np.concatenate([fold.probabilities for fold in folds])


def rows_of(result: Evaluated, **options: Any) -> list[dict[str, Any]]:
    return [metrics_row(name, result.scores[name], **options) for name in ROWS]


def along_rows(result: Evaluated, name: str, **options: Any) -> dict[str, list[dict[str, Any]]]:
    """The quality of one row before its calls have ended."""
    return {
        "by_share": share_rows(result.shares[name], name, **options),
        "by_words": moment_rows(result.moments[name], name, **options),
    }


def share_rows(shares: Mapping[float, Sequence[FoldScores]], name: str, **options: Any) -> list[dict[str, Any]]:
    """The quality of one row after a quarter, a half, … of the conversation."""
    return [{"share": share, **metrics_row(name, shares[share], **options)} for share in SHARES]


def moment_rows(moments: Mapping[int, Sequence[FoldScores]], name: str, **options: Any) -> list[dict[str, Any]]:
    """The quality of one row after so many words, among the calls that went on, beside the base rate's Brier score."""
    rows = []
    for words, folds in moments.items():
        labels, _ = pooled_rows(folds)
        if len(labels) and np.bincount(labels, minlength=2).min() >= FEWEST_WENT_ON:
            base = {"base_rate_brier": float(np.mean(labels) * (1 - np.mean(labels)))}
            rows.append({"words": words, **base, **metrics_row(name, folds, **options)})
    return rows


def subset_rows(result: Evaluated, chosen: np.ndarray, **options: Any) -> list[dict[str, Any]]:
    """All rows, measured only where `chosen`, by row number, is true."""
    return [metrics_row(name, [fold.part(chosen) for fold in result.scores[name]], **options) for name in ROWS]


def without_nan(value: Any) -> Any:
    """The value with every number that does not exist as None."""
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, Mapping):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    return value
