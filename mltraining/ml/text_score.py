"""What was said, scored from vectors: each side's words, how the call ended and its embedding, to be joined.

Each of the three has a strength of regularisation of its own. Put into one regression, the part that tells most in one
company's calls would be held back as much as the part that is noise there.

An encoder that was tuned on calls draws their outcomes further apart than those of calls to come. So each part is
learned twice: from all calls, which are many, and from the fresh ones alone, which look like those to come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from mltraining.ml.calibration import FEWEST_OF_A_CLASS
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
    slope: float  # what tuned rows teach is too sure of itself: each is calibrated, so that being loud earns no share


@dataclass(frozen=True)
class FittedText:
    lessons: tuple[Lesson, ...]
    scores: tuple[LinearScore, ...]  # of each lesson's part
    out_of_fold: np.ndarray  # (rows, lessons) log-odds; NaN for rows that are not fresh
    shares: np.ndarray  # (lessons,) by which they are joined

    @property
    def score(self) -> LinearScore:
        """Of a whole text view (P + E)."""
        return in_one_line(self.lessons, self.scores, self.shares)


def fit_text(
    text: np.ndarray, labels: np.ndarray, groups: np.ndarray, fresh: np.ndarray, config: TrainConfig
) -> FittedText:
    """`text` (rows, P + E). Only `fresh` rows judge: an encoder that was tuned on a row knows its outcome."""
    every = np.arange(len(labels))
    lessons, scores, said = [], [], []
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
        slope = slope_of(chosen.out_of_fold, labels[rows])
        column = np.full(len(labels), np.nan)
        column[rows] = slope * chosen.out_of_fold
        said.append(column)
        lessons.append(Lesson(part, rows, chosen.strength, slope))
        scores.append(scale.undone(chosen.score))
    equal = np.full(len(lessons), 1 / len(lessons))
    return FittedText(tuple(lessons), tuple(scores), np.stack(said, axis=1), equal)


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


def slope_of(log_odds: np.ndarray, labels: np.ndarray) -> float:
    """That calibrates what was said out of fold; 1 where too few rows could be held out."""
    judged = np.isfinite(log_odds)
    if np.bincount(labels[judged], minlength=2).min() < FEWEST_OF_A_CLASS:
        return 1.0
    return max(float(fit_sigmoid(log_odds[judged, None], labels[judged]).weights[0]), 0.0)


def in_one_line(lessons: Sequence[Lesson], scores: Sequence[LinearScore], shares: np.ndarray) -> LinearScore:
    """One score of the whole text view, as what lessons say adds up by their shares."""
    weights, bias = np.zeros(PARTS[-1].stop), 0.0
    for lesson, score, share in zip(lessons, scores, shares, strict=True):
        weights[lesson.part] += share * lesson.slope * score.weights
        bias += share * lesson.slope * score.bias
    return LinearScore(weights, float(bias))
