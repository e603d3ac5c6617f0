"""What a model says of a call while it runs, turn by turn: each costs what it is long, not what was said before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mltraining.ml.embedding import Encoded, cutter_for, text_view
from mltraining.ml.encoder import follower_of
from mltraining.ml.example import Example, Spoken
from mltraining.ml.pooling import Growing
from mltraining.ml.windows import Window

if TYPE_CHECKING:
    from mltraining.ml.model import ConversionModel


@dataclass(frozen=True)
class Standing:
    """After one turn. `probability` is None where too little was said; `whole` is what it would be of a call that
    ended here; `move` is by how much the turn moved the log-odds."""

    probability: float | None
    whole: float
    move: float


class RunningCall:
    def __init__(self, model: "ConversionModel", known: Example) -> None:
        """`known` is the call before its first turn."""
        self.model, self.known = model, replace(known, turns=())
        self.cutter, self.follower = cutter_for(model.config), follower_of(model.encoder)
        self.windows: list[Window] = []
        self.vectors: list[np.ndarray] = []
        self.pool = Growing(model.encoder.dimension)
        words = model.head.words
        self.said = np.zeros(len(words.space.terms) if words else 0)
        self.words = self.turns = 0
        self.log_odds = self.of_nothing()

    def hear(self, turns: Sequence[Spoken], statistics: np.ndarray) -> list[Standing]:
        """One after each of the turns, which come next; `statistics` (turns, statistics) as they stand after each."""
        cut = [self.cutter.cut(turn) for turn in turns]
        vectors = iter(self.follower.read([window for some in cut for window in some]) if self.reads_text else ())
        standings = []
        for turn, windows, row in zip(turns, cut, statistics, strict=True):
            for window, vector in zip(windows, vectors, strict=False):  # none, or more than those of this turn
                self.pool.add(vector, window)
                self.vectors.append(vector)
            self.windows += windows
            standings.append(self.after(turn, row))
        return standings

    def after(self, turn: Spoken, statistics: np.ndarray) -> Standing:
        head = self.model.head
        self.words += len(turn.text.split())
        self.turns += 1
        if head.words:
            head.words.space.add(self.said, turn.role, turn.text)
        parts = self.parts(statistics)
        log_odds = float(head.calibration.log_odds(parts)[0])
        move, self.log_odds = log_odds - self.log_odds, log_odds
        known = self.words >= self.model.least_words_partway
        so_far = float(head.probabilities_partway(parts, np.array([self.words]))[0]) if known else None
        return Standing(so_far, float(head.probabilities(parts)[0]), move)

    def of_nothing(self) -> float:
        """The log-odds before the first turn."""
        return float(
            self.model.head.calibration.log_odds(self.parts(np.full(len(self.known.statistic_names), np.nan)))[0]
        )

    def parts(self, statistics: np.ndarray) -> dict[str, np.ndarray]:
        known = replace(self.known, statistics=statistics[None])
        text = text_view(self.pool.pooled()[None], self.model.projection) if self.reads_text else None
        return self.model.head.parts_so_far(known, self.said, text)

    @property
    def reads_text(self) -> bool:
        return self.model.head.reads_text

    def encoded(self) -> Encoded:
        """What the model's `encode` gives of the turns heard; where no text is read there are no vectors to give."""
        return Encoded(
            tuple(self.windows), np.asarray(self.vectors, dtype=np.float32).reshape(-1, self.pool.ends.shape[1])
        )
