"""Features that tell when a call was rather than how it went, such as an interest rate or the number of a price list.

What calls to come will hold of them no training call has held, so whatever was learned from them is of the past. A
feature is known as a clock by how well it tells the newer training calls from the older ones (adversarial validation:
Pan and others, 2020).
"""

from collections.abc import Iterable, Sequence

import numpy as np

from mltraining.ml.example import Example
from mltraining.ml.features import FeatureSpace
from mltraining.ml.linear import fit_logistic
from mltraining.ml.metrics import auc

CLOCK = 0.8  # AUC of telling newer from older
FEWEST = 100  # calls; fewer are alike by chance


def steady(space: FeatureSpace, examples: Sequence[Example]) -> FeatureSpace:
    """The features of `space` that are no clocks. Examples whose order in time is not known all bear the same time."""
    times = np.array([example.time for example in examples])
    if len(times) < FEWEST or (times == times[0]).all():
        return space
    newer = (times > min(np.median(times), np.unique(times)[-2])).astype(int)
    return space.without(name for name, told in told_time(space, examples, newer) if told > CLOCK)


def told_time(space: FeatureSpace, examples: Sequence[Example], newer: np.ndarray) -> Iterable[tuple[str, float]]:
    """Each feature's AUC, half of the calls learned from and the other half told."""
    table, columns = space.matrix(examples), np.array(space.columns)
    half = np.random.default_rng(0).permutation(len(newer)) % 2 == 0
    for name in space.names:
        mine = table[:, columns == name]
        yield name, auc(newer[~half], fit_logistic(mine[half], newer[half], 1.0)(mine[~half]))


def note(space: FeatureSpace, examples: Sequence[Example]) -> list[str]:
    """For people: what `space`, learned from these calls, does without."""
    names = [name for name in FeatureSpace.learn(examples).names if name not in space.names]
    if not names:
        return []
    return [f"Left out, because they tell when a call was rather than how it went: {', '.join(names)}."]
