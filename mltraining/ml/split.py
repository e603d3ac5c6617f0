"""Which rows train and which test: by group and by time, with identical transcripts never on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mltraining.ml.example import Example

SHORTEST_TELLING = 30  # words; shorter conversations are alike by chance

Telling = tuple[tuple[str, str], ...]  # role and words of each turn


@dataclass(frozen=True)
class Fold:
    train: np.ndarray
    test: np.ndarray
    validation: np.ndarray | None = None  # where the data name a part for choices


def group_numbers(keys: Sequence[str]) -> np.ndarray:
    """Each row's group as a number, in order of first appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=int)


def groups_of(examples: Sequence[Example]) -> np.ndarray:
    return group_numbers([example.group_key for example in examples])


def telling(example: Example) -> Telling:
    """What makes transcripts identical; empty for one that is too short to be known by it."""
    if example.words < SHORTEST_TELLING:
        return ()
    return tuple((turn.role, " ".join(turn.text.lower().split())) for turn in example.turns)


def joined_groups(examples: Sequence[Example]) -> np.ndarray:
    """Groups in which customers who share an identical transcript are one, so that no copy straddles a split."""
    groups = groups_of(examples)
    parent = list(range(int(groups.max()) + 1 if len(groups) else 0))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    seen: dict[Telling, int] = {}
    for example, group in zip(examples, groups, strict=True):
        if words := telling(example):
            parent[root(int(group))] = root(seen.setdefault(words, int(group)))
    return np.array([root(int(group)) for group in groups], dtype=int)


def grouped_folds(labels: np.ndarray, groups: np.ndarray, folds: int, seed: int) -> list[Fold]:
    """Folds of whole groups, with the classes spread evenly; fewer than asked for where there are fewer groups.

    Large groups are placed first, each into the fold that is then most even; equal ones in an order drawn by the seed.
    """
    names, position = np.unique(groups, return_inverse=True)
    folds = min(folds, len(names))
    if folds < 2:
        return []
    counts = np.zeros((len(names), 2))  # of each class, per group
    np.add.at(counts, (position, (labels == 1).astype(int)), 1)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    drawn = np.random.default_rng(seed).permutation(len(names))
    order = drawn[np.argsort(-counts[drawn].sum(axis=1), kind="stable")]
    held, rows, home = np.zeros((folds, 2)), np.zeros(folds), np.zeros(len(names), dtype=int)
    for group in order:
        # the growth of the squared loads of both classes; rows break ties
        growth = (2 * held + share[group]) @ share[group]
        home[group] = int(np.lexsort((rows, np.round(growth, 12)))[0])
        held[home[group]] += share[group]
        rows[home[group]] += counts[group].sum()
    fold_of_row = home[position]
    every = np.arange(len(labels))
    return [Fold(every[fold_of_row != number], every[fold_of_row == number]) for number in range(folds)]


def kept_apart(labels: np.ndarray, groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """A mask of about this share of the rows, whole groups, both classes alike; all false where that cannot be."""
    kept = np.zeros(len(labels), dtype=bool)
    parts = grouped_folds(labels, groups, max(2, round(1 / share)), seed)
    if parts:
        kept[parts[0].test] = True
    return kept


def newest(times: np.ndarray, groups: np.ndarray, share: float) -> Fold:
    """Trains on the older rows and tests on the newest share; groups on both sides leave the training part."""
    order = np.argsort(times, kind="stable")
    cut = len(order) - round(len(order) * share)
    return without_shared_groups(order[:cut], order[cut:], groups)


def without_shared_groups(train: np.ndarray, test: np.ndarray, groups: np.ndarray) -> Fold:
    return Fold(np.sort(train[~np.isin(groups[train], groups[test])]), np.sort(test))


def balanced_weights(labels: np.ndarray) -> np.ndarray:
    """Weights by which both classes count alike; their mean is 1."""
    weights = np.ones(len(labels))
    for label in (0, 1):
        here = labels == label
        if here.any() and not here.all():
            weights[here] = len(labels) / (2 * here.sum())
    return weights
