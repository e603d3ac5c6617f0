"""What was said, scored from vectors: each side's words, how the call ended and its embedding, joined into one line.

Each of the three has a strength of regularisation of its own. Put into one regression, the part that tells most in one
company's calls would be held back as much as the part that is noise there.

An encoder that was tuned on calls draws their outcomes further apart than those of calls to come. So each part is
learned twice: from all calls, which are many, and from the fresh ones alone, which look like those to come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from mltraining.ml.calibration import FEWEST_OF_A_CLASS, fit_joined
from mltraining.ml.config import TrainConfig
from mltraining.ml.encoder import VECTOR_DIM
from mltraining.ml.linear import LinearScore, fit_chosen, fit_each, fit_sigmoid
from mltraining.ml.pooling import BLOCKS, SIDES
from mltraining.ml.scaling import Scale

ENDS, EMBEDDING = len(SIDES) * VECTOR_DIM, len(BLOCKS) * VECTOR_DIM  # where parts of a text view begin
PARTS = (slice(0, ENDS), slice(ENDS, EMBEDDING), slice(EMBEDDING, EMBEDDING + VECTOR_DIM))


@dataclass(frozen=True)
class Lesson:
    """One part of a text view, as some rows teach it."""

    part: slice
    rows: np.ndarray
    strength: float


@dataclass(frozen=True)
class FittedText:
    score: LinearScore  # of a text view (P + E)
    out_of_fold: np.ndarray  # (rows,) log-odds; NaN for rows that are not fresh
    lessons: tuple[Lesson, ...]
    shares: LinearScore  # by which they are joined


def fit_text(
    text: np.ndarray, labels: np.ndarray, groups: np.ndarray, fresh: np.ndarray, config: TrainConfig
) -> FittedText:
    """`text` (rows, P + E). Only `fresh` rows judge: an encoder that was tuned on a row knows its outcome."""
    every = np.arange(len(labels))
    lessons, scores, table = [], [], []
    for part, rows in product(PARTS, [every] if fresh.all() else [every, every[fresh]]):
        scale = Scale.learn(text[rows][:, part])
        chosen = fit_chosen(
            scale(text[rows][:, part]),
            labels[rows],
            groups[rows],
            fresh=fresh[rows],
            strengths=config.regularisation,
            folds=config.inner_folds,
            balanced=config.class_weight == "balanced",
            seed=config.seed,
        )
        said = np.full(len(labels), np.nan)
        said[rows] = chosen.out_of_fold
        table.append(said)
        lessons.append(Lesson(part, rows, chosen.strength))
        scores.append(scale.undone(chosen.score))
    shares = shares_by(np.stack(table, axis=1), labels)
    return FittedText(in_one_line(lessons, scores, shares), shares(np.stack(table, axis=1)), tuple(lessons), shares)


def refit_text(
    fitted: FittedText, text: np.ndarray, labels: np.ndarray, trains: Sequence[np.ndarray], *, balanced: bool
) -> list[LinearScore]:
    """The same learned again from each of some choices of rows, joined as it was."""
    by_lesson = []
    for lesson in fitted.lessons:
        matrix = text[lesson.rows][:, lesson.part]
        scale = Scale.learn(matrix)
        kept = [np.flatnonzero(np.isin(lesson.rows, train)) for train in trains]
        scores = fit_each(scale(matrix), labels[lesson.rows], kept, lesson.strength, balanced=balanced)
        by_lesson.append([scale.undone(score) for score in scores])
    return [in_one_line(fitted.lessons, scores, fitted.shares) for scores in zip(*by_lesson, strict=True)]


def shares_by(table: np.ndarray, labels: np.ndarray) -> LinearScore:
    """Of lessons, by what they say out of fold (rows, lessons); equal ones where nothing could be held out."""
    judged = np.isfinite(table).all(axis=1)
    if np.bincount(labels[judged], minlength=2).min() < FEWEST_OF_A_CLASS:
        return LinearScore(np.full(table.shape[1], 1 / table.shape[1]), 0.0)
    said, truth = table[judged], labels[judged]
    # What tuned rows teach is too sure of itself. Each is calibrated first, so that being loud earns no share.
    slopes = np.array([fit_sigmoid(column[:, None], truth).weights[0] for column in said.T]).clip(min=0.0)
    joined = fit_joined(said * slopes, truth, least_moved=0.0)
    return LinearScore(joined.weights * slopes, joined.bias)


def in_one_line(lessons: Sequence[Lesson], scores: Sequence[LinearScore], shares: LinearScore) -> LinearScore:
    """One score of the whole text view, as what lessons say adds up by their shares."""
    weights, bias = np.zeros(PARTS[-1].stop), shares.bias
    for lesson, score, share in zip(lessons, scores, shares.weights, strict=True):
        weights[lesson.part] += share * score.weights
        bias += share * score.bias
    return LinearScore(weights, float(bias))
