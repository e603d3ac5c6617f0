"""The head: what was said and what is known about the call, each scored for itself, joined and calibrated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mltraining.ml.calibration import Calibration, chosen_threshold, fit_calibration
from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Example
from mltraining.ml.features import FeatureSpace
from mltraining.ml.linear import LinearScore, fit_chosen

TEXT, FACTS = "text", "facts"
FACT_STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # standardised columns want smaller ones than unit vectors


@dataclass(frozen=True)
class Head:
    """Evaluated in numpy alone. `text` reads pooled vectors (and the call embedding), `facts` reads features."""

    features: FeatureSpace
    text: LinearScore | None
    facts: LinearScore | None
    calibration: Calibration
    usual: np.ndarray  # (columns,) mean of the training features, against which contributions are counted
    threshold: float

    def parts(self, text: np.ndarray | None, facts: np.ndarray) -> dict[str, np.ndarray]:
        """Log-odds of each part for rows of vectors (rows, P + E) and of features (rows, columns)."""
        parts = {FACTS: self.facts(facts) if self.facts else np.zeros(len(facts))}
        if self.text and text is not None:
            parts[TEXT] = self.text(text)
        return parts

    def log_odds(self, text: np.ndarray | None, facts: np.ndarray) -> np.ndarray:
        return self.calibration.log_odds(self.parts(text, facts))

    def probabilities(self, text: np.ndarray | None, facts: np.ndarray) -> np.ndarray:
        return self.calibration.probabilities(self.log_odds(text, facts))

    def fact_contributions(self, facts: np.ndarray) -> dict[str, float]:
        """By feature, in log-odds, what one row (columns,) adds to or takes from that of a usual call."""
        weight = self.calibration.weight_of(FACTS)
        if self.facts is None or not weight:
            return {}
        shares = weight * self.facts.weights * (facts - self.usual)
        contributions: dict[str, float] = {}
        for name, share in zip(self.features.columns, shares, strict=True):
            contributions[name] = contributions.get(name, 0.0) + float(share)
        return contributions

    @property
    def reads_text(self) -> bool:
        return self.text is not None and TEXT in self.calibration.parts

    def arrays(self) -> dict[str, np.ndarray]:
        arrays = {"usual": self.usual}
        for name, score in ((TEXT, self.text), (FACTS, self.facts)):
            arrays |= score.arrays(name) if score else {}
        return arrays

    def to_dict(self) -> dict[str, Any]:
        return {
            "features": self.features.to_dict(),
            "calibration": self.calibration.to_dict(),
            "threshold": self.threshold,
        }

    @classmethod
    def restore(cls, saved: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        return cls(
            FeatureSpace.from_dict(saved["features"]),
            LinearScore.from_arrays(arrays, TEXT),
            LinearScore.from_arrays(arrays, FACTS),
            Calibration.from_dict(saved["calibration"]),
            arrays["usual"],
            float(saved["threshold"]),
        )


@dataclass(frozen=True)
class FittedHead:
    head: Head
    fresh: np.ndarray  # (rows,) rows whose probabilities below are honest
    out_of_fold: np.ndarray  # (rows,) probabilities by scores that the row was not fitted on; NaN where not fresh


def fit_head(
    examples: Sequence[Example],
    text: np.ndarray | None,
    groups: np.ndarray,
    config: TrainConfig,
    *,
    fresh: np.ndarray | None = None,
) -> FittedHead:
    """Both parts, their fusion, calibration and threshold.

    `text` (rows, P + E) or None where nothing is said. Only fresh rows, those that the encoder was not tuned on,
    judge: their out-of-fold scores choose the strength of each part, and train fusion, calibration and threshold.
    """
    labels = np.array([example.label for example in examples], dtype=int)
    fresh = np.ones(len(labels), dtype=bool) if fresh is None else fresh
    shared: dict[str, Any] = {
        "fresh": fresh,
        "folds": config.inner_folds,
        "balanced": config.class_weight == "balanced",
        "seed": config.seed,
    }
    features = FeatureSpace.learn(examples)
    table = features.matrix(examples)
    honest: dict[str, np.ndarray] = {}
    text_score = facts_score = None
    if text is not None:
        chosen = fit_chosen(text, labels, groups, strengths=config.regularisation, **shared)
        text_score, honest[TEXT] = chosen.score, chosen.out_of_fold
    if table.shape[1]:
        chosen = fit_chosen(table, labels, groups, strengths=FACT_STRENGTHS, **shared)
        facts_score, honest[FACTS] = chosen.score, chosen.out_of_fold
    fresh = fresh & np.all([np.isfinite(said) for said in honest.values()], axis=0) if honest else fresh
    parts = {name: said[fresh] for name, said in honest.items()}
    if not fresh.any():  # too few groups to hold any out: nothing is honest but the base rate
        fresh, parts = np.ones(len(labels), dtype=bool), {}
    calibration = fit_calibration(parts, labels[fresh], groups[fresh], method=config.calibration, seed=config.seed)
    said = np.full(len(labels), np.nan)
    empty = {FACTS: np.zeros(int(fresh.sum()))}
    said[fresh] = calibration.probabilities(calibration.log_odds(parts or empty))
    threshold = chosen_threshold(labels[fresh], said[fresh], config)
    head = Head(features, text_score, facts_score, calibration, table.mean(axis=0), threshold)
    return FittedHead(head, fresh, said)
