"""What a model learns from and predicts for: one call as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

import numpy as np


class TrainingError(Exception):
    """Calls that no model can be made from, or a machine that cannot make it; the message says what is missing."""


class Spoken(Protocol):
    """Whatever tells who spoke, and what."""

    @property
    def role(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Turn:
    role: str  # "rep", "customer" or "other"
    text: str


@dataclass(frozen=True)
class Example:
    """One call. Whatever is known before it starts stands in `numbers` and `categories` and holds for every prefix;
    whatever grows with the call stands in `statistics`, one row a turn, so that a prefix needs no recomputation."""

    id: str
    turns: tuple[Turn, ...] = ()
    numbers: Mapping[str, float | None] = field(default_factory=dict)
    categories: Mapping[str, str | None] = field(default_factory=dict)
    statistic_names: tuple[str, ...] = ()
    statistics: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))  # (turns, statistics), NaN = not known
    label: int | None = None
    group: str = ""  # customer; empty: a group of its own
    time: float = 0.0  # only its order matters
    turns_after_outcome: int = 0  # said when the outcome was known already

    @property
    def group_key(self) -> str:
        return self.group or f"only {self.id}"

    @property
    def words(self) -> int:
        return sum(len(turn.text.split()) for turn in self.turns)

    @property
    def words_heard(self) -> np.ndarray:
        """(turns,) how many words had been said after each turn."""
        return np.cumsum([len(turn.text.split()) for turn in self.turns])

    def prefix(self, turns: int) -> Self:
        """The example as it stood after so many turns."""
        return replace(self, turns=self.turns[:turns], statistics=self.statistics[:turns])
