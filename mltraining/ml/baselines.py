"""What a model must beat: the base rate, length, what was known before the call, and a bag of words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mltraining.ml.calibration import chosen_threshold, fit_calibration
from mltraining.ml.classifier import FACT_STRENGTHS, WORD_STRENGTHS
from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Example
from mltraining.ml.features import FeatureSpace
from mltraining.ml.linear import Chosen, Matrix, fit_chosen, sigmoid, smoothed_log_odds

INNER_FOLDS = 4
WORDS = r"(?u)\b\w+\b"


@dataclass(frozen=True)
class Predicted:
    probabilities: np.ndarray  # (test rows,)
    threshold: float


def labels_of(examples: Sequence[Example]) -> np.ndarray:
    return np.array([example.label for example in examples], dtype=int)


def base_rate(
    train: Sequence[Example], test: Sequence[Example] | np.ndarray, groups: np.ndarray, config: TrainConfig
) -> Predicted:
    """The share of outcome 1 among the training rows, for everybody."""
    labels = labels_of(train)
    rate = float(sigmoid(np.array(smoothed_log_odds(labels)))) if len(set(labels)) < 2 else float(labels.mean())
    return Predicted(np.full(len(test), rate), chosen_threshold(labels, np.full(len(train), rate), config))


def length_only(
    train: Sequence[Example], test: Sequence[Example], groups: np.ndarray, config: TrainConfig
) -> Predicted:
    """Logistic regression on the numbers of turns and words."""
    known, asked = lengths(train), lengths(test)
    center, spread = known.mean(axis=0), known.std(axis=0)
    spread[spread == 0] = 1
    return regression((known - center) / spread, (asked - center) / spread, train, groups, config, FACT_STRENGTHS)


def metadata_only(
    train: Sequence[Example], test: Sequence[Example], groups: np.ndarray, config: TrainConfig
) -> Predicted:
    """Logistic regression on what was known before the call."""
    space = FeatureSpace.learn(train, statistics=False)
    return regression(space.matrix(train), space.matrix(test), train, groups, config, FACT_STRENGTHS)


def bag_of_words(
    train: Sequence[Example], test: Sequence[Example], groups: np.ndarray, config: TrainConfig
) -> Predicted:
    """TF-IDF of words and pairs of words, speakers' roles among them, and logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  # scoring needs no scikit-learn

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=WORDS, dtype=np.float64)
    try:
        known = words.fit_transform([as_text(example) for example in train])
    except ValueError:  # scikit-learn's word for texts without a single word that occurs twice
        return base_rate(train, test, groups, config)
    asked = words.transform([as_text(example) for example in test])
    return regression(known, asked, train, groups, config, WORD_STRENGTHS)


BASELINES: dict[str, Callable[[Sequence[Example], Sequence[Example], np.ndarray, TrainConfig], Predicted]] = {
    "base_rate": base_rate,
    "length_only": length_only,
    "metadata_only": metadata_only,
    "bag_of_words": bag_of_words,
}


def regression(  # two matrices and what their rows are
    known: Matrix,
    asked: Matrix,
    train: Sequence[Example],
    groups: np.ndarray,
    config: TrainConfig,
    strengths: Sequence[float],
) -> Predicted:
    """Strength and calibration by out-of-fold scores of the training rows, as for the head itself."""
    labels = labels_of(train)
    chosen: Chosen = fit_chosen(
        known,
        labels,
        groups,
        fresh=np.ones(len(labels), dtype=bool),
        strengths=strengths,
        folds=INNER_FOLDS,
        balanced=config.class_weight == "balanced",
        seed=config.seed,
    )
    honest = np.isfinite(chosen.out_of_fold)
    if not honest.any():
        return base_rate(train, np.zeros(asked.shape[0]), groups, config)
    parts = {"said": chosen.out_of_fold[honest]}
    calibration = fit_calibration(parts, labels[honest], groups[honest], method=config.calibration, seed=config.seed)
    threshold = chosen_threshold(labels[honest], calibration.probabilities(calibration.log_odds(parts)), config)
    return Predicted(calibration.probabilities(calibration.log_odds({"said": chosen.score(asked)})), threshold)


def lengths(examples: Sequence[Example]) -> np.ndarray:
    """(calls, 4) turns and words, plain and as logarithms."""
    counts = np.array([(len(example.turns), example.words) for example in examples], dtype=float).reshape(-1, 2)
    return np.hstack([counts, np.log1p(counts)])


def as_text(example: Example) -> str:
    """Each turn after a word that only its role gives."""
    return " ".join(f"said_by_{turn.role} {turn.text}" for turn in example.turns)
