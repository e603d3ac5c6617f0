"""Two versions on the same calls: how much better one is, with intervals. Loads no model and no heavy package."""

import math
from collections.abc import Sequence
from typing import Any

FEWEST_COMPARED = 20  # calls that neither has learned from, as a training wants of them
DRAWS = 500


def enough_to_compare(outcomes: Sequence[bool]) -> bool:
    return len(outcomes) >= FEWEST_COMPARED and len(set(outcomes)) > 1


def differences(
    won: Sequence[bool], first: Sequence[float], second: Sequence[float], customers: Sequence[int]
) -> list[dict[str, Any]]:
    """Second less first: one row for each metric, as a report's `paired` holds them, with a 95 % interval.

    Drawn are whole customers, by number; a number that cannot exist is None.
    """
    import numpy as np  # noqa: PLC0415  # only where something is compared

    from mltraining.ml.metrics import FoldScores  # noqa: PLC0415
    from mltraining.ml.paired import compare, rows_against  # noqa: PLC0415

    labels, groups = np.asarray(won, dtype=int), np.asarray(customers)
    sides = [[FoldScores(np.arange(len(labels)), labels, np.asarray(said), groups)] for said in (second, first)]
    return [known(row) for row in rows_against("first", compare(*sides, draws=DRAWS))]


def known(row: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
