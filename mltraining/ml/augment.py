"""Changes to a call that leave its outcome as it is: for training only. Randomness is an argument."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Example
from mltraining.ml.windows import Window, passages_in


def augmented(example: Example, config: TrainConfig, generator: np.random.Generator) -> Example:
    """The call cut short, with turns missed or speakers unknown; as it is where no word would stay."""
    changed = example
    if generator.random() < config.prefix_cut_share:
        changed = prefix_cut(changed, generator)
    changed = turn_dropout(changed, config.turn_dropout, generator)
    if generator.random() < config.role_masking:
        changed = role_masking(changed)
    return changed if changed.words else example


def prefix_cut(example: Example, generator: np.random.Generator) -> Example:
    """The call after a random turn: a live score sees calls so, and an outcome said at the end cannot be all."""
    return example.prefix(int(generator.integers(1, len(example.turns) + 1))) if example.turns else example


def turn_dropout(example: Example, share: float, generator: np.random.Generator) -> Example:
    kept = np.flatnonzero(generator.random(len(example.turns)) >= share)
    statistics = example.statistics[kept] if len(example.statistics) == len(example.turns) else example.statistics
    return replace(example, turns=tuple(example.turns[turn] for turn in kept), statistics=statistics)


def role_masking(example: Example) -> Example:
    """Nobody's side is known, as in transcripts without speakers."""
    return replace(example, turns=tuple(replace(turn, role="other") for turn in example.turns))


def shortened(windows: Sequence[Window], tokens: int, generator: np.random.Generator) -> list[Window]:
    """Passages of about so many tokens together, in order: the last and a random rest, so that means stay unbiased and
    a call of three hours costs a step no more than one of ten minutes."""
    passages = list(passages_in(windows))
    costs = np.array([windows[place.stop - 1].tokens for place in passages])
    if costs.sum() <= tokens:
        return list(windows)
    order = np.concatenate([[len(passages) - 1], generator.permutation(len(passages) - 1)])
    fits = np.cumsum(costs[order]) <= tokens
    fits[0] = True
    return [window for number in np.sort(order[fits]) for window in windows[passages[number]]]
