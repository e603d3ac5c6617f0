"""Boosted trees over features: grown by scikit-learn, kept and evaluated as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mltraining.ml.split import grouped_folds

TREES = {
    "learning_rate": 0.025,
    "max_iter": 200,
    "max_leaf_nodes": 31,
    "max_features": 0.2,  # of the columns, for each split
    "l2_regularization": 1.0,
    "min_samples_leaf": 40,
}
FEWEST_ROWS = 500  # fewer do not carry interactions


@dataclass(frozen=True)
class TreeScore:
    """log-odds = start + the value of the leaf that a row reaches in each tree. A leaf points to itself."""

    start: float
    roots: np.ndarray  # (trees,)
    column: np.ndarray  # (nodes,)
    limit: np.ndarray  # (nodes,) at most this goes left
    left: np.ndarray  # (nodes,)
    right: np.ndarray  # (nodes,)
    value: np.ndarray  # (nodes,)

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """(rows, columns) -> (rows,)"""
        rows = np.arange(len(matrix))[:, None]
        at = np.repeat(self.roots[None], len(matrix), axis=0)  # (rows, trees)
        while (self.left[at] != at).any():
            at = np.where(matrix[rows, self.column[at]] <= self.limit[at], self.left[at], self.right[at])
        return np.asarray(self.value[at].sum(axis=1) + self.start)

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        parts = {name: getattr(self, name) for name in ("roots", "column", "limit", "left", "right", "value")}
        return {f"{prefix}.start": np.array([self.start])} | {f"{prefix}.{name}": part for name, part in parts.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str) -> Self | None:
        if f"{prefix}.start" not in arrays:
            return None
        parts = {name: arrays[f"{prefix}.{name}"] for name in ("roots", "column", "limit", "left", "right", "value")}
        return cls(float(arrays[f"{prefix}.start"][0]), **parts)


def fit_trees(matrix: np.ndarray, labels: np.ndarray, seed: int) -> TreeScore:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  # scoring needs no scikit-learn

    model = HistGradientBoostingClassifier(**TREES, early_stopping=False, random_state=seed).fit(matrix, labels)
    grown = [tree.nodes for (tree,) in model._predictors]  # no public door; a test compares with decision_function
    return joined(grown, float(model._baseline_prediction.ravel()[0]))


def joined(grown: list[Any], start: float) -> TreeScore:
    """All nodes in one row of arrays."""
    offsets = np.cumsum([0, *(len(nodes) for nodes in grown)])
    nodes = np.concatenate(grown)
    own = np.arange(len(nodes))
    shift = np.repeat(offsets[:-1], np.diff(offsets))
    leaf = nodes["is_leaf"].astype(bool)
    return TreeScore(
        start=start,
        roots=offsets[:-1],
        column=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64),
        limit=np.where(leaf, 0.0, nodes["num_threshold"]),
        left=np.where(leaf, own, nodes["left"] + shift).astype(np.int64),
        right=np.where(leaf, own, nodes["right"] + shift).astype(np.int64),
        value=np.where(leaf, nodes["value"], 0.0),
    )


def trees_out_of_fold(
    matrix: np.ndarray, labels: np.ndarray, groups: np.ndarray, *, folds: int, seed: int
) -> np.ndarray:
    """(rows,) log-odds by trees that were grown without the row's group; NaN where that cannot be."""
    said = np.full(len(labels), np.nan)
    for fold in grouped_folds(labels, groups, folds, seed):
        if len(np.unique(labels[fold.train])) == 2:
            said[fold.test] = fit_trees(matrix[fold.train], labels[fold.train], seed)(matrix[fold.test])
    return said
