"""Calls as they stood partway, and how a head learns what its scores are worth there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mltraining.ml.baselines import labels_of
from mltraining.ml.classifier import FittedHead, refitted
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import Encoded, pooled_all, text_view
from mltraining.ml.example import Example
from mltraining.ml.moments import moments
from mltraining.ml.pooling import pooled_after
from mltraining.ml.projection import Projection
from mltraining.ml.split import grouped_folds
from mltraining.ml.stage import StageCalibration

SHARES = (0.25, 0.5, 0.75, 1.0)
FEWEST_JUDGED = 10  # calls of each outcome


def heard(
    examples: Sequence[Example], encoded: Sequence[Encoded], projection: Projection, shares: Sequence[float] = SHARES
) -> Iterator[tuple[list[Example], np.ndarray]]:
    """For each share of the turns, rounded up: the calls as they stood, and (calls, P + E) what the head reads."""
    places = np.array([np.ceil(np.array(shares) * len(example.turns)) for example in examples], dtype=int)
    blocks = np.stack([after(call, each) for call, each in zip(encoded, places, strict=True)], axis=1)
    for column in range(len(shares)):
        calls = [example.prefix(turns) for example, turns in zip(examples, places[:, column], strict=True)]
        yield calls, text_view(blocks[column], projection)


def after(call: Encoded, places: np.ndarray) -> np.ndarray:
    """(places, P) of a call after so many turns."""
    if not places[-1]:
        return np.repeat(pooled_all([call]), len(places), axis=0)
    return pooled_after(call.vectors, call.windows, places - 1)


def with_stage(  # a head, and all that it was fitted on
    fitted: FittedHead,
    examples: Sequence[Example],
    text: np.ndarray,
    encoded: Sequence[Encoded],
    projection: Projection,
    groups: np.ndarray,
    config: TrainConfig,
) -> FittedHead:
    """The head with a calibration for calls that still run; as it is where nothing is read or too few calls judge.

    `text` (calls, P + E) is that of the whole calls.
    Scores of running calls come from parts that were fitted again without the customers they are of.
    """
    labels, rows = labels_of(examples), np.flatnonzero(fitted.fresh)
    if not fitted.head.reads_turns or np.bincount(labels[rows], minlength=2).min() < FEWEST_JUDGED:
        return fitted
    tests = [rows[fold.test] for fold in grouped_folds(labels[rows], groups[rows], config.inner_folds, config.seed)]
    heads = refitted(fitted, examples, text, [np.setdiff1d(np.arange(len(labels)), test) for test in tests], config)
    said, words, truth = [], [], []
    for head, test in zip(heads, tests, strict=True):
        held_out = [examples[row] for row in test]
        for moment in moments(held_out, [encoded[row] for row in test], projection):
            said.append(head.calibration.log_odds(head.parts(moment.calls, moment.text)))
            words.append([call.words for call in moment.calls])
            truth.append(labels[test[moment.rows]])
    if not truth or np.bincount(np.concatenate(truth), minlength=2).min() < FEWEST_JUDGED:
        return fitted
    bounds = fitted.head.calibration.bounds
    stage = StageCalibration.learn(np.concatenate(said), np.concatenate(words), np.concatenate(truth), bounds)
    return replace(fitted, head=replace(fitted.head, stage=stage))
