"""Why a call got its probability: what each turn and each feature adds, and how the probability went along the call.

A turn's contribution is the log-odds of the call less those of the call without it; statistics stay as they are. All
of it is arithmetic on vectors that are there already: nothing is encoded again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mltraining.ml.classifier import Head
from mltraining.ml.embedding import Encoded, text_view
from mltraining.ml.encoder import Pause, no_pause
from mltraining.ml.example import Example
from mltraining.ml.features import value_of
from mltraining.ml.linear import LinearScore
from mltraining.ml.pooling import Course
from mltraining.ml.projection import Projection

MOST_REASONS = 5  # on each side, of each kind
LEAST_CONTRIBUTION = 0.005  # log-odds; less moves no probability that is shown
TURN, FEATURE = "turn", "feature"
TURNS_AT_ONCE = 256  # pooled together; a call of ten thousand would fill a gigabyte


@dataclass(frozen=True)
class Reason:
    kind: str  # "turn" or "feature"
    name: str  # who spoke, or the feature
    text: str  # what was said, or the value in words
    value: float | str | None
    turn: int | None
    contribution: float  # log-odds; positive speaks for conversion


def curve(
    example: Example, encoded: Encoded, projection: Projection, head: Head, pause: Pause = no_pause
) -> np.ndarray:
    """(turns,) the probability after each turn: of a call that still ran, and after the last of one that had ended."""
    text = None
    if head.text and head.reads_text:
        course = Course(encoded.vectors, encoded.windows)
        text = read(course.after, np.arange(len(example.turns)), projection, head.text, pause)
    parts = head.parts_along(example, text)
    return np.append(head.probabilities_partway(parts, example.words_heard)[:-1], head.probabilities(parts)[-1:])


def turn_contributions(
    example: Example, encoded: Encoded, projection: Projection, head: Head, pause: Pause = no_pause
) -> np.ndarray:
    """(turns,) in log-odds."""
    text = None
    if head.text and head.reads_text:
        course, turns = Course(encoded.vectors, encoded.windows), np.arange(len(example.turns))
        whole = read(course.after, turns[-1:], projection, head.text, pause)
        text = whole - read(course.without, turns, projection, head.text, pause)
    return head.turn_contributions(example, text)


def read(
    pool: Callable[[np.ndarray], np.ndarray],
    turns: np.ndarray,
    projection: Projection,
    score: LinearScore,
    pause: Pause,
) -> np.ndarray:
    """(turns,) log-odds of what is pooled for each of these turns."""
    said = [np.zeros(0)]
    for start in range(0, len(turns), TURNS_AT_ONCE):
        said.append(score(text_view(pool(turns[start : start + TURNS_AT_ONCE]), projection)))
        pause()
    return np.concatenate(said)


def reasons(
    example: Example, encoded: Encoded, projection: Projection, head: Head, pause: Pause = no_pause
) -> list[Reason]:
    """The strongest turns and features for and against, strongest first."""
    by_turn = turn_contributions(example, encoded, projection, head, pause)
    turns = [
        Reason(TURN, example.turns[number].role, example.turns[number].text, None, number, float(by_turn[number]))
        for number in range(len(by_turn))
    ]
    by_feature = head.fact_contributions(head.features.matrix([example])[0])
    features = [
        Reason(FEATURE, name, in_words(value_of(example, name)), value_of(example, name), None, contribution)
        for name, contribution in by_feature.items()
    ]
    kept = [reason for some in (turns, features) for reason in strongest(some)]
    return sorted(kept, key=lambda reason: -abs(reason.contribution))


def strongest(some: Sequence[Reason]) -> list[Reason]:
    felt = sorted(
        (reason for reason in some if abs(reason.contribution) >= LEAST_CONTRIBUTION),
        key=lambda reason: -abs(reason.contribution),
    )
    return [reason for reason in felt if reason.contribution > 0][:MOST_REASONS] + [
        reason for reason in felt if reason.contribution < 0
    ][:MOST_REASONS]


def in_words(value: float | str | None) -> str:
    if value is None:
        return "not known"
    return value if isinstance(value, str) else f"{value:.4g}"
