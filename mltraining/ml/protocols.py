"""How the rows of a data set are divided into training and test: one function for each protocol, in one table."""

from collections.abc import Callable, Sequence

import numpy as np

from mltraining.ml.split import Fold, grouped_folds, without_shared_groups

VALIDATION = ("val", "valid", "validation", "dev")
EACL_FOLDS, EACL_SEED = 5, 1234  # Yamaguchi and others, EACL 2021


class ProtocolError(ValueError):
    """Data that a protocol cannot divide; the message says what is missing."""


def grouped_kfold(labels: np.ndarray, groups: np.ndarray, parts: Sequence[str], folds: int, seed: int) -> list[Fold]:
    found = grouped_folds(labels, groups, folds, seed)
    if not found:
        raise ProtocolError("Folds need rows of at least two groups.")
    return found


def given_split(labels: np.ndarray, groups: np.ndarray, parts: Sequence[str], folds: int, seed: int) -> list[Fold]:
    """The published parts; the validation part only ever serves choices."""
    names = np.array(parts, dtype=object)
    train, test = np.flatnonzero(names == "train"), np.flatnonzero(names == "test")
    if not len(train) or not len(test):
        raise ProtocolError("The protocol split needs rows whose split is train and rows whose split is test.")
    validation = np.flatnonzero(np.isin(names, VALIDATION))
    return [Fold(train, test, validation if len(validation) else None)]


def oldest_two_thirds(
    labels: np.ndarray, groups: np.ndarray, parts: Sequence[str], folds: int, seed: int
) -> list[Fold]:
    """Rows stand in the order of time. Groups on both sides leave the training part."""
    rows = np.arange(len(labels))
    cut = len(rows) * 2 // 3
    fold = without_shared_groups(rows[:cut], rows[cut:], groups)
    if not len(fold.train) or not len(fold.test):
        raise ProtocolError("The protocol time needs older rows whose groups do not come again among the newer ones.")
    return [fold]


def eacl2021(labels: np.ndarray, groups: np.ndarray, parts: Sequence[str], folds: int, seed: int) -> list[Fold]:
    """The folds of the published numbers: stratified, in file order, not grouped."""
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415

    if min(np.sum(labels == 0), np.sum(labels == 1)) < EACL_FOLDS:
        raise ProtocolError(f"The protocol eacl2021 needs {EACL_FOLDS} rows of each outcome.")
    splitter = StratifiedKFold(EACL_FOLDS, shuffle=True, random_state=EACL_SEED)
    return [Fold(train, test) for train, test in splitter.split(np.zeros(len(labels)), labels)]


PROTOCOLS: dict[str, Callable[[np.ndarray, np.ndarray, Sequence[str], int, int], list[Fold]]] = {
    "grouped-kfold": grouped_kfold,
    "random-kfold": grouped_kfold,  # of rows that are groups of their own
    "split": given_split,
    "time": oldest_two_thirds,
    "eacl2021": eacl2021,
}
ROWS_ARE_GROUPS = ("random-kfold",)
ROWS_ARE_IN_ORDER = ("time",)  # elsewhere nothing is older than anything
OUTCOME_ZERO_IS_POSITIVE = ("eacl2021",)


def sampled_groups(groups: np.ndarray, limit: int, seed: int) -> np.ndarray:
    """About `limit` rows, never more but for a single larger group: whole groups drawn by the seed, order kept."""
    sizes = np.bincount(groups)
    taken: list[int] = []
    total = 0
    for group in np.random.default_rng(seed).permutation(len(sizes)):
        if sizes[group] and (total + sizes[group] <= limit or not taken):
            taken.append(group)
            total += int(sizes[group])
    return np.flatnonzero(np.isin(groups, taken))
