"""The head: what was said, its words and what is known about the call, each scored for itself, joined, calibrated."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np

from mltraining.ml.calibration import Calibration, Joined, chosen_threshold, fit_joined, told_bounds
from mltraining.ml.clocks import steady
from mltraining.ml.config import TrainConfig
from mltraining.ml.encoder import Pause, no_pause
from mltraining.ml.example import Example
from mltraining.ml.features import FeatureSpace
from mltraining.ml.linear import LinearScore, Matrix, fit_chosen, fit_each
from mltraining.ml.stage import StageCalibration
from mltraining.ml.text_score import FittedText, fit_text, refit_text
from mltraining.ml.trees import FEWEST_ROWS, TreeScore, fit_trees, trees_out_of_fold
from mltraining.ml.words import Counted, WordScore, WordSpace

TEXT, WORDS, FACTS, TREES = "text", "words", "facts", "trees"
FACT_STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # standardised columns want smaller ones than unit vectors
WORD_STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
ROWS_AT_ONCE = 256  # of one call, between two pauses

Parts = dict[str, np.ndarray]  # log-odds (rows,) of each part


@dataclass(frozen=True)
class Head:
    """Evaluated in numpy alone. `text` reads pooled vectors (and the call embedding), `words` reads turns, `facts` and
    `trees` read features; a part that did not help on held-out rows has no weight in the calibration."""

    features: FeatureSpace
    text: LinearScore | None
    words: WordScore | None
    facts: LinearScore | None
    trees: TreeScore | None
    calibration: Calibration
    usual: np.ndarray  # (columns,) mean of the training features, against which contributions are counted
    threshold: float
    stage: StageCalibration | None = None  # None: a running call is judged as if it had ended

    def parts(self, examples: Sequence[Example], text: np.ndarray | None) -> Parts:
        """Of whole calls; `text` (rows, P + E), which may be None where no text is read."""
        parts = self._facts(self.features.matrix(examples))
        if self.words and self.counts(WORDS):
            parts[WORDS] = self.words(examples)
        return parts | {TEXT: self.text(text)} if self.text and text is not None else parts

    def parts_so_far(self, known: Example, said: np.ndarray, text: np.ndarray | None) -> Parts:
        """(1,) of one call that still runs: `known` with its last statistics, `said` (terms,) counts of its words,
        `text` (1, P + E), None where no text is read."""
        parts = self._facts(self.features.matrix([known]))
        if self.words and self.counts(WORDS):
            parts[WORDS] = self.words.of_counts(said)
        return parts | {TEXT: self.text(text)} if self.text and text is not None else parts

    def said(self, example: Example, pause: Pause = no_pause) -> Counted | None:
        """The words of its turns; None where they do not count."""
        return self.words.space.counts(example, pause) if self.words and self.counts(WORDS) else None

    def parts_along(
        self,
        example: Example,
        facts: np.ndarray,
        text: np.ndarray | None,
        said: Counted | None,
        pause: Pause = no_pause,
    ) -> Parts:
        """(turns,) of one call after each of its turns; `facts` (columns,) of the whole, `text` (turns,) what `text`
        says then, None where it does not count."""
        table = self.features.prefixes(example, facts)
        some = []
        for start in range(0, max(len(table), 1), ROWS_AT_ONCE):
            some.append(self._facts(table[start : start + ROWS_AT_ONCE]))
            pause()
        parts = {name: np.concatenate([each[name] for each in some]) for name in some[0]}
        if self.words and said:
            parts[WORDS] = self.words.along(said)
        return parts if text is None else parts | {TEXT: text}

    def probabilities(self, parts: Parts) -> np.ndarray:
        return self.calibration.probabilities(self.calibration.log_odds(parts))

    def probabilities_partway(self, parts: Parts, words: np.ndarray) -> np.ndarray:
        """Of calls that still run, after so many words (rows,)."""
        if self.stage is None:
            return self.probabilities(parts)
        return self.stage.probabilities(self.calibration.log_odds(parts), words)

    def turn_contributions(self, turns: int, text: np.ndarray | None, said: Counted | None) -> np.ndarray:
        """(turns,) in log-odds: the call less the call without the turn. `text` (turns,) is that of `text` alone, None
        where it does not count."""
        added = np.zeros(turns)
        if text is not None:
            added += self.calibration.weight_of(TEXT) * text
        if self.words and said:
            added += self.calibration.weight_of(WORDS) * self.words.added(said)
        return added

    def fact_contributions(self, facts: np.ndarray) -> dict[str, float]:
        """By feature, in log-odds, what one row (columns,) adds to or takes from that of a usual call."""
        names = np.array(self.features.columns)
        every = list(dict.fromkeys(self.features.columns))
        rows = np.where(np.array(every)[:, None] == names, self.usual, facts)  # (features, columns)
        added = np.zeros(len(every))
        for part, score in ((FACTS, self.facts), (TREES, self.trees)):
            if score is not None and self.counts(part):
                added += self.calibration.weight_of(part) * (score(facts[None]) - score(rows))
        return dict(zip(every, added.tolist(), strict=True)) if added.any() else {}

    @property
    def reads_text(self) -> bool:
        """Whether it needs the vectors of windows."""
        return self.text is not None and self.counts(TEXT)

    @property
    def reads_turns(self) -> bool:
        return self.reads_text or (self.words is not None and self.counts(WORDS))

    def counts(self, part: str) -> bool:
        return self.calibration.weight_of(part) > 0

    def _facts(self, table: np.ndarray) -> Parts:
        parts = {FACTS: self.facts(table) if self.facts else np.zeros(len(table))}
        return parts | {TREES: self.trees(table)} if self.trees and self.counts(TREES) else parts

    def arrays(self) -> dict[str, np.ndarray]:
        arrays = {"usual": self.usual}
        for name, score in ((TEXT, self.text), (WORDS, self.words), (FACTS, self.facts), (TREES, self.trees)):
            arrays |= score.arrays(name) if score else {}
        return arrays

    def to_dict(self) -> dict[str, Any]:
        return {
            "features": self.features.to_dict(),
            "terms": list(self.words.space.terms) if self.words else [],
            "calibration": self.calibration.to_dict(),
            "threshold": self.threshold,
            "stage": asdict(self.stage) if self.stage else None,
        }

    @classmethod
    def restore(cls, saved: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        return cls(
            FeatureSpace.from_dict(saved["features"]),
            LinearScore.from_arrays(arrays, TEXT),
            WordScore.restore(saved["terms"], arrays, WORDS),
            LinearScore.from_arrays(arrays, FACTS),
            TreeScore.from_arrays(arrays, TREES),
            Calibration.from_dict(saved["calibration"]),
            arrays["usual"],
            float(saved["threshold"]),
            StageCalibration.from_dict(saved["stage"]),
        )


@dataclass(frozen=True)
class FittedHead:
    head: Head
    fresh: np.ndarray  # (rows,) rows whose probabilities below are honest
    out_of_fold: np.ndarray  # (rows,) probabilities by scores that the row was not fitted on; NaN where not fresh
    strengths: Mapping[str, float]  # of words and facts
    text: FittedText | None


class Fitting:
    """Fits each part on the same rows, and keeps what it says of rows that were held out."""

    def __init__(self, labels: np.ndarray, groups: np.ndarray, config: TrainConfig) -> None:
        self.labels, self.groups, self.config = labels, groups, config
        self.honest: Parts = {}
        self.strengths: dict[str, float] = {}

    def linear(self, part: str, matrix: Matrix, strengths: Sequence[float]) -> LinearScore:
        chosen = fit_chosen(
            matrix,
            self.labels,
            self.groups,
            fresh=np.ones(len(self.labels), dtype=bool),
            strengths=strengths,
            folds=self.config.inner_folds,
            balanced=self.config.class_weight == "balanced",
            seed=self.config.seed,
        )
        self.honest[part], self.strengths[part] = chosen.out_of_fold, chosen.strength
        return chosen.score

    def trees(self, matrix: np.ndarray) -> TreeScore:
        folds, seed = self.config.inner_folds, self.config.seed
        self.honest[TREES] = trees_out_of_fold(matrix, self.labels, self.groups, folds=folds, seed=seed)
        return fit_trees(matrix, self.labels, seed)


def fit_head(
    examples: Sequence[Example],
    text: np.ndarray | None,
    groups: np.ndarray,
    config: TrainConfig,
    *,
    fresh: np.ndarray | None = None,
) -> FittedHead:
    """All parts, their fusion, calibration and threshold.

    `text` (rows, P + E) or None where nothing is said. Only fresh rows, those that the encoder was not tuned on,
    judge its vectors: their out-of-fold scores train fusion, calibration and threshold.
    """
    labels = np.array([example.label for example in examples], dtype=int)
    fresh = np.ones(len(labels), dtype=bool) if fresh is None else fresh
    fitting = Fitting(labels, groups, config)
    features = steady(FeatureSpace.learn(examples), examples)
    table = features.matrix(examples)
    said_by_text = words = facts = trees = None
    if text is not None:
        said_by_text = fit_text(text, labels, groups, fresh, config)
        fitting.honest[TEXT] = said_by_text.out_of_fold
        space = WordSpace.learn(examples)
        words = WordScore(space, fitting.linear(WORDS, space.matrix(examples), WORD_STRENGTHS)) if space.terms else None
    if table.shape[1]:
        facts = fitting.linear(FACTS, table, FACT_STRENGTHS)
        if len(labels) >= FEWEST_ROWS and len(np.unique(labels)) == 2:
            trees = fitting.trees(table)
    fresh, said, result = joined(fitting, fresh)
    if said_by_text and TEXT in result.shares:
        said_by_text = replace(said_by_text, shares=result.shares[TEXT])
    threshold = chosen_threshold(labels[fresh], said[fresh], config)
    text_score = said_by_text.score if said_by_text else None
    head = Head(features, text_score, words, facts, trees, result.calibration, table.mean(axis=0), threshold)
    return FittedHead(head, fresh, said, fitting.strengths, said_by_text)


def refitted(
    fitted: FittedHead, examples: Sequence[Example], text: np.ndarray, trains: Sequence[np.ndarray], config: TrainConfig
) -> list[Head]:
    """The head with the parts that count fitted on each of some choices of rows; all else is as it was."""
    head, balanced = fitted.head, config.class_weight == "balanced"
    labels = np.array([example.label for example in examples], dtype=int)
    table = head.features.matrix(examples)

    def linear(part: str, matrix: Matrix) -> list[LinearScore]:
        return fit_each(matrix, labels, trains, fitted.strengths[part], balanced=balanced)

    parts: dict[str, Sequence[Any]] = {}
    if fitted.text and head.reads_text:
        parts[TEXT] = refit_text(fitted.text, text, labels, trains, balanced=balanced)
    if head.words and head.counts(WORDS):
        space = head.words.space
        parts[WORDS] = [WordScore(space, score) for score in linear(WORDS, space.matrix(examples))]
    if head.counts(FACTS):
        parts[FACTS] = linear(FACTS, table)
    if head.counts(TREES):
        parts[TREES] = [fit_trees(table[train], labels[train], config.seed) for train in trains]
    return [replace(head, **{part: scores[choice] for part, scores in parts.items()}) for choice in range(len(trains))]


def joined(fitting: Fitting, fresh: np.ndarray) -> tuple[np.ndarray, np.ndarray, Joined]:
    """The rows that may judge, (rows,) their probabilities, and the parts as they teach to join them.

    How far probabilities may go is told by the parts that every row judges: fresh rows are few.
    """
    labels, config = fitting.labels, fitting.config
    judged = {name: np.isfinite(said).reshape(len(labels), -1).all(axis=1) for name, said in fitting.honest.items()}
    fresh = np.all([fresh, *judged.values()], axis=0)
    parts = {name: said[fresh] for name, said in fitting.honest.items()}
    if not fresh.any():  # too few groups to hold any out: nothing is honest but the base rate
        fresh, parts = np.ones(len(labels), dtype=bool), {}
    told = {name: said for name, said in fitting.honest.items() if judged[name].all()}
    result = fit_joined(
        parts,
        labels[fresh],
        fitting.groups[fresh],
        method=config.calibration,
        seed=config.seed,
        bounds=None if fresh.all() else told_bounds(told, labels),
    )
    columns = {name: parts[name].reshape(len(labels[fresh]), -1) @ shares for name, shares in result.shares.items()}
    said = np.full(len(labels), np.nan)
    said[fresh] = result.calibration.probabilities(
        result.calibration.log_odds(columns or {FACTS: np.zeros(int(fresh.sum()))})
    )
    return fresh, said, result
