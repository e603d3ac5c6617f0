"""Recorded outcomes that are probably wrong: confident learning (Northcutt and others, 2021) by cleanlab, on
probabilities by models that had not learned from the call.

A conversation leaves much open, so most disagreement is no error; only a strong one is worth somebody's time:
of 1,000 sample calls, 5 % of them given the wrong outcome, confident learning alone named 290, of which one in ten was
wrong; below UNLIKELY there were 20, of which one in three was.

Where probabilities keep to bounds, doubt is measured on the way from one bound to the other: else a lower bound of 20 %
would leave nothing to doubt.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

from mltraining.ml.bounds import Bounds
from mltraining.ml.metrics import FoldScores

UNLIKELY = 0.2  # of the recorded outcome, between the bounds
MOST = 200  # more than people look at before the next training


@dataclass(frozen=True)
class Suspect:
    row: int
    label: int  # as recorded
    probability: float  # of outcome 1, by a model that had not learned from this call
    quality: float  # how well the recorded outcome fits the call, 0 to 1


def out_of_fold(rows: int, tested: Iterable[FoldScores], *held_out: np.ndarray) -> np.ndarray:
    """(rows,) probabilities, NaN where nobody has one: of the test rows, else of the first of `held_out` (rows,)."""
    said = np.full(rows, np.nan)
    for fold in tested:
        said[fold.index] = fold.probabilities
    for others in held_out:
        said = np.where(np.isfinite(said), said, others)
    return said


def suspects(labels: np.ndarray, probabilities: np.ndarray, bounds: Bounds | None = None) -> list[Suspect]:
    """The most doubtful first, MOST of them. `probabilities` (rows,) of outcome 1, NaN where no honest one is known;
    `bounds` to which they keep."""
    known = np.flatnonzero(np.isfinite(probabilities))
    given, said = labels[known].astype(int), probabilities[known]
    if len(np.unique(given)) < 2:
        return []
    shares = said if bounds is None else bounds.shares(said)
    quality = fit_of(given, shares)
    doubted = is_doubted(given, shares) & (quality < UNLIKELY)
    worst = sorted(np.flatnonzero(doubted), key=lambda place: (quality[place], place))[:MOST]
    return [Suspect(int(known[at]), int(given[at]), float(said[at]), float(quality[at])) for at in worst]


def is_doubted(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(rows,) the label errors that confident learning counts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it warns of classes that are too small to give any
        return np.asarray(find_label_issues(labels, both_columns(probabilities), n_jobs=1), dtype=bool)


def fit_of(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(rows,) what the recorded outcome is given, as it is or without the base rate, whichever speaks less against it:
    a rare outcome is unlikely in every call, and that alone is no reason to doubt it."""
    base = np.mean(labels)
    for_won, for_lost = probabilities / base, (1 - probabilities) / (1 - base)
    views = (probabilities, for_won / (for_won + for_lost))
    return np.max([get_label_quality_scores(labels, both_columns(view)) for view in views], axis=0)


def both_columns(probabilities: np.ndarray) -> np.ndarray:
    """(rows, 2) of outcome 0 and of outcome 1."""
    return np.stack([1 - probabilities, probabilities], axis=1)
