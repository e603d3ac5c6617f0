"""Quality within parts of the test rows: by whoever or whatever names them, and by length."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mltraining.ml.example import Example
from mltraining.ml.metrics import FoldScores
from mltraining.ml.report import metrics_row

FEWEST = 20  # rows; fewer say nothing that is not chance
FEWEST_OF_A_CLASS = 5  # for an AUC
MEASURED = ("auc", "auc_low", "auc_high", "brier", "ece", "ece_noise")
LENGTH = "length"


def segment_rows(
    kinds: Mapping[str, Sequence[str]],
    examples: Sequence[Example],
    folds: Sequence[FoldScores],
    *,
    draws: int = 500,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """A row for each value of each kind, the commonest first, then for thirds of the rows by length.

    `kinds` gives each example's value, empty where it is not known; a kind with one value alone is left out. The AUC is
    over all rows of a segment together, since a fold of it may be tiny. In a segment that is too small every measured
    number is null.
    """
    every = pooled(folds)
    rows = []
    for kind, values in {**kinds, LENGTH: thirds(examples, every.index)}.items():
        named = np.array(values, dtype=object)
        found = in_order(kind, named[every.index])
        if len(found) > 1:
            rows += [segment_row(kind, value, every.part(named == value), draws, seed) for value in found]
    return rows


def pooled(folds: Sequence[FoldScores]) -> FoldScores:
    """The rows of all folds as those of one; no threshold holds for them."""
    names = ("index", "labels", "probabilities", "groups")
    index, labels, said, groups = (np.concatenate([getattr(fold, name) for fold in folds]) for name in names)
    return FoldScores(index, labels, said, groups)


def in_order(kind: str, values: np.ndarray) -> list[str]:
    """Each value once: thirds by length, others by how common they are, what is not known last."""
    names, counts = np.unique(values.astype(str), return_counts=True)
    if kind == LENGTH:
        return sorted(names, key=lambda name: int(name.split("-")[0]))
    return [name for _, _, name in sorted((not name, -count, name) for name, count in zip(names, counts, strict=True))]


def segment_row(kind: str, value: str, fold: FoldScores, draws: int, seed: int) -> dict[str, Any]:
    n, won = len(fold.labels), int(np.sum(fold.labels == 1))
    row: dict[str, Any] = {"kind": kind, "value": str(value), "n": n, "won": won, "too_small": n < FEWEST}
    if n < FEWEST:
        return row | dict.fromkeys(("mean_predicted", "observed", *MEASURED))
    measured = metrics_row("", [fold], draws=draws, seed=seed)
    if min(won, n - won) < FEWEST_OF_A_CLASS:
        measured |= dict.fromkeys(("auc", "auc_low", "auc_high"))
    means = {"mean_predicted": float(fold.probabilities.mean()), "observed": won / n}
    return row | means | {name: measured[name] for name in MEASURED}


def thirds(examples: Sequence[Example], tested: np.ndarray) -> list[str]:
    """Each example's third by words among those tested, as the range of it: "12-80"."""
    words = np.array([example.words for example in examples], dtype=int)
    limits = np.quantile(words[tested], [1 / 3, 2 / 3]) if len(tested) else np.zeros(2)
    third = np.searchsorted(limits, words)
    ranges = {}
    for number in np.unique(third[tested]):
        here = words[tested][third[tested] == number]
        ranges[number] = f"{here.min()}-{here.max()}"
    return [ranges.get(number, "") for number in third]
