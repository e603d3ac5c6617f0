"""Why a call got its probability: what each turn and each feature adds, and how the probability went along the call.

A turn's contribution is the log-odds of the call less those of the call without it; statistics stay as they are. All
of it is arithmetic on vectors that are there already: nothing is encoded again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mltraining.ml.classifier import Head
from mltraining.ml.embedding import Encoded
from mltraining.ml.encoder import Pause, no_pause
from mltraining.ml.example import Example
from mltraining.ml.features import value_of
from mltraining.ml.projection import Projection
from mltraining.ml.text_course import TextCourse

MOST_TURNS = 25  # on each side, of the customer and of everybody else
LEAST_CONTRIBUTION = 0.005  # log-odds; less moves no probability that is shown
TURN, FEATURE = "turn", "feature"
CUSTOMER = "customer"


@dataclass(frozen=True)
class Reason:
    kind: str  # "turn" or "feature"
    name: str  # who spoke, or the feature
    text: str  # what was said, or the value in words
    value: float | str | None
    turn: int | None
    contribution: float  # log-odds; positive speaks for conversion


class Trace:
    """One call as the head reads it; what its course and its reasons share is made once."""

    def __init__(  # a call, and all that reads it
        self,
        example: Example,
        encoded: Encoded,
        facts: np.ndarray,
        projection: Projection,
        head: Head,
        pause: Pause = no_pause,
    ) -> None:
        """`facts` (columns,) are the features of the whole call."""
        self.example, self.facts, self.head, self.pause = example, facts, head, pause
        self.said = head.said(example, pause)
        self.text = TextCourse(encoded, projection, head.text, pause) if head.text and head.reads_text else None
        self.turns = np.arange(len(example.turns))

    def curve(self, words_heard: np.ndarray) -> np.ndarray:
        """(turns,) the probability after each turn: of a call that still ran, and after the last of one that had
        ended."""
        text = self.text.after(self.turns) if self.text else None
        parts = self.head.parts_along(self.example, self.facts, text, self.said, self.pause)
        running, ended = self.head.probabilities_partway(parts, words_heard), self.head.probabilities(parts)
        return np.append(running[:-1], ended[-1:])

    def by_turn(self) -> np.ndarray:
        """(turns,) contributions in log-odds."""
        text = self.text.after(self.turns[-1:]) - self.text.without(self.turns) if self.text else None
        return self.head.turn_contributions(len(self.turns), text, self.said)

    def reasons(self) -> list[Reason]:
        """What weighs for and against, strongest first: every feature, and the strongest turns of the customer and of
        everybody else."""
        added, turns = self.by_turn(), self.example.turns
        is_customers = np.array([turn.role == CUSTOMER for turn in turns], dtype=bool)
        kept = [
            Reason(TURN, turns[number].role, turns[number].text, None, number, float(added[number]))
            for theirs in (is_customers, ~is_customers)
            for number in strongest(np.where(theirs, added, 0), MOST_TURNS)
        ]
        by_feature = self.head.fact_contributions(self.facts)
        names = list(by_feature)
        for place in strongest(np.array(list(by_feature.values())), len(names)):
            value = value_of(self.example, names[place])
            kept.append(Reason(FEATURE, names[place], in_words(value), value, None, by_feature[names[place]]))
        return sorted(kept, key=lambda reason: -abs(reason.contribution))


def turn_contributions(example: Example, encoded: Encoded, projection: Projection, head: Head) -> np.ndarray:
    """(turns,) in log-odds."""
    return Trace(example, encoded, head.features.matrix([example])[0], projection, head).by_turn()


def strongest(added: np.ndarray, most: int) -> Iterator[int]:
    """The places of the strongest contributions, at most so many a side, those that speak for a conversion first."""
    for sign in (1, -1):
        order = np.argsort(-sign * added, kind="stable")[:most]
        yield from (int(place) for place in order if sign * added[place] >= LEAST_CONTRIBUTION)


def in_words(value: float | str | None) -> str:
    if value is None:
        return "not known"
    return value if isinstance(value, str) else f"{value:.4g}"
