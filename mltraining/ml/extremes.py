"""The test rows about which the model was most wrong, for people to read."""

from collections.abc import Sequence
from typing import Any

from mltraining.ml.example import Example
from mltraining.ml.metrics import FoldScores

SHOWN = 10  # of each side


def extremes(
    examples: Sequence[Example], folds: Sequence[FoldScores], count: int = SHOWN
) -> dict[str, list[dict[str, Any]]]:
    """`over`: outcome 0 with the highest probabilities; `under`: outcome 1 with the lowest. `row` is the example's."""
    scored = sorted(
        (float(said), int(row), int(label))
        for fold in folds
        for row, label, said in zip(fold.index, fold.labels, fold.probabilities, strict=True)
    )
    under = [each for each in scored if each[2] == 1][:count]
    over = [each for each in reversed(scored) if each[2] == 0][:count]
    return {"over": [told(examples, *each) for each in over], "under": [told(examples, *each) for each in under]}


def told(examples: Sequence[Example], said: float, row: int, label: int) -> dict[str, Any]:
    example = examples[row]
    return {
        "row": row,
        "probability": said,
        "outcome": label,
        "turns": len(example.turns),
        "words": example.words,
    }
