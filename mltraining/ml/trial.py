"""On which calls a new model is tried: the newest where there are enough, else folds of customers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Example
from mltraining.ml.split import Fold, grouped_folds, joined_groups, newest

FEWEST_TESTED = 20  # of each outcome
LEAST_LEARNED = 0.5  # of the older calls that must stay once the tested customers have left


@dataclass(frozen=True)
class Trial:
    folds: list[Fold]
    groups: np.ndarray  # (calls,)
    is_newest: bool
    notes: tuple[str, ...]


def trial_of(examples: Sequence[Example], config: TrainConfig) -> Trial:
    labels = np.array([example.label for example in examples], dtype=int)
    groups, notes = joined_groups(examples), []
    if len(np.unique(groups)) < 2 * config.evaluation_folds:
        groups = np.arange(len(examples))
        notes.append("There are too few customers to divide by customer: tests are divided call by call.")
    per_class = min(np.sum(labels == 1), np.sum(labels == 0))
    if per_class >= config.comfortable_per_class:
        times = np.array([example.time for example in examples])
        fold = newest(times, groups, config.test_share)
        if is_enough(fold, labels, config):
            notes.append(f"Measured on the newest {len(fold.test)} calls, learned from {len(fold.train)} older ones.")
            return Trial([fold], groups, True, tuple(notes))
        notes.append("Too many customers have calls both old and new, so it was measured out of fold by customer.")
    else:
        needed = config.comfortable_per_class
        notes.append(f"With fewer than {needed} calls of each outcome it was measured out of fold by customer.")
    return Trial(grouped_folds(labels, groups, config.evaluation_folds, config.seed), groups, False, tuple(notes))


def is_enough(fold: Fold, labels: np.ndarray, config: TrainConfig) -> bool:
    tested, learned = np.bincount(labels[fold.test], minlength=2), np.bincount(labels[fold.train], minlength=2)
    older = len(labels) - len(fold.test)
    return bool(tested.min() >= FEWEST_TESTED and learned.min() >= FEWEST_TESTED) and (
        len(fold.train) >= LEAST_LEARNED * older
    )
