"""Scores held against what became of their calls: only those given before the outcome was known, by a version that had
not learned from the call."""

from dataclasses import dataclass

import numpy as np

from calls.models import Outcome
from mltraining.models import ModelVersion
from predictions.models import PredictionQuerySet


@dataclass(frozen=True)
class Graded:
    """Of each call once: what was said last before its outcome, and what it came to."""

    probability: np.ndarray  # (n,)
    won: np.ndarray  # (n,) of bool

    def __len__(self) -> int:
        return len(self.won)


def graded(predictions: PredictionQuerySet) -> Graded:
    columns = ("version_id", "call_id", "probability", "call__outcome")
    rows = list(predictions.before_outcome().values_list(*columns))
    versions = ModelVersion.objects.filter(pk__in={row[0] for row in rows})
    learned = {pk: set(call_ids) for pk, call_ids in versions.values_list("pk", "call_ids")}
    fresh = [row for row in rows if row[1] not in learned[row[0]]]
    return Graded(
        np.array([probability for *_, probability, _ in fresh], dtype=float),
        np.array([outcome == Outcome.WON for *_, outcome in fresh], dtype=bool),
    )
