"""The words themselves as one more view of a call: TF-IDF of words and word pairs within turns, linear, in numpy.

Counts are kept by turn, so a prefix or a call without one turn is counted by adding and taking away.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_matrix

from mltraining.ml.encoder import Pause, no_pause
from mltraining.ml.example import Example
from mltraining.ml.linear import LinearScore

WORD = re.compile(r"\w+")
FEWEST_CALLS = 2  # that use a term
MOST_TERMS = 30_000
TURNS_AT_ONCE = 512  # split and looked up between two pauses


@dataclass(frozen=True)
class Counted:
    """The terms of one call, each in each turn that has it: by term, and those of a term by turn."""

    turns: int
    turn: np.ndarray  # (entries,)
    term: np.ndarray  # (entries,)
    count: np.ndarray  # (entries,) at least 1

    @classmethod
    def of(cls, known: Sequence[Sequence[int]]) -> Self:
        """`known`: the terms that each turn has, as often as it has them."""
        term = np.array([each for some in known for each in some], dtype=np.int64)
        turn = np.repeat(np.arange(len(known)), [len(some) for some in known])
        entries, count = np.unique(term * max(len(known), 1) + turn, return_counts=True)
        term, turn = np.divmod(entries, max(len(known), 1))
        return cls(len(known), turn, term, count)

    @cached_property
    def heard(self) -> np.ndarray:
        """(entries,) how often the term had been said after that turn."""
        total = np.cumsum(self.count)
        return total - np.repeat((total - self.count)[self._starts], self._turns_of_terms)

    @cached_property
    def in_all(self) -> np.ndarray:
        """(entries,) how often the term is said in the call."""
        return np.repeat(self.heard[self._starts + self._turns_of_terms - 1], self._turns_of_terms)

    def by_turn(self, values: np.ndarray) -> np.ndarray:
        """(turns,) the sums of (entries,) values."""
        return np.bincount(self.turn, values, minlength=self.turns)

    @cached_property
    def _starts(self) -> np.ndarray:
        """(terms,) the first entry of each."""
        return np.flatnonzero(np.diff(self.term, prepend=-1))

    @cached_property
    def _turns_of_terms(self) -> np.ndarray:
        """(terms,)"""
        return np.diff(self._starts, append=len(self.term))


@dataclass(frozen=True)
class WordSpace:
    """Which terms count, and how rare each is."""

    terms: Mapping[str, int]  # term -> column
    rarity: np.ndarray  # (terms,) smoothed inverse document frequency

    @classmethod
    def learn(cls, examples: Sequence[Example]) -> Self:
        """From training examples; empty where no term comes in two calls."""
        calls = Counter(term for example in examples for term in {*terms_of(example)})
        frequent = [(term, count) for term, count in calls.most_common(MOST_TERMS) if count >= FEWEST_CALLS]
        counts = np.array([count for _, count in frequent], dtype=float)
        rarity = np.log((1 + len(examples)) / (1 + counts)) + 1
        return cls({term: column for column, (term, _) in enumerate(frequent)}, rarity)

    def counts(self, example: Example, pause: Pause = no_pause) -> Counted:
        known = []
        for number, turn in enumerate(example.turns, start=1):
            known.append(self._known(terms_of_turn(turn.role, turn.text)))
            if not number % TURNS_AT_ONCE:
                pause()
        return Counted.of(known)

    def add(self, counts: np.ndarray, role: str, text: str) -> None:
        """One turn's terms to `counts` (terms,), in place."""
        np.add.at(counts, self._known(terms_of_turn(role, text)), 1)

    def matrix(self, examples: Sequence[Example]) -> csr_matrix:
        """(examples, terms), each row of unit length, or empty"""
        totals = self._counted(terms_of(example) for example in examples)
        totals.data = (1 + np.log(totals.data)) * self.rarity[totals.indices]
        lengths = np.sqrt(np.asarray(totals.multiply(totals).sum(axis=1)).ravel())
        totals.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(totals.indptr))
        return totals

    def _counted(self, said: Iterable[Iterable[str]]) -> csr_matrix:
        """(rows, terms)"""
        known = [self._known(terms) for terms in said]
        columns = [column for some in known for column in some]
        ends = np.cumsum([0, *map(len, known)])
        counted = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(known), len(self.terms)))
        counted.sum_duplicates()
        return counted

    def _known(self, terms: Iterable[str]) -> list[int]:
        """The columns of those that count."""
        return [column for column in map(self.terms.get, terms) if column is not None]


@dataclass(frozen=True)
class WordScore:
    """Log-odds by words."""

    space: WordSpace
    linear: LinearScore

    def __call__(self, examples: Sequence[Example]) -> np.ndarray:
        """(examples,)"""
        return self.linear(self.space.matrix(examples)) if examples else np.zeros(0)

    def of_counts(self, counts: np.ndarray) -> np.ndarray:
        """(1,) of one call by how often each term was said in it (terms,)."""
        used = np.flatnonzero(counts)
        cells = self._cells(counts[used], used)
        return self._log_odds(np.array([cells @ self.linear.weights[used]]), np.array([cells @ cells]))

    def along(self, said: Counted) -> np.ndarray:
        """(turns,) after each turn."""
        products, squares = self._moved(said, said.heard, said.heard - said.count)
        return self._log_odds(np.cumsum(products), np.cumsum(squares))

    def added(self, said: Counted) -> np.ndarray:
        """(turns,) the call less the call without each turn."""
        cells, terms = self._cells(said.in_all, said.term), said.term
        one_of_each = cells * said.count / said.in_all  # adds up to one cell a term, in however many turns it is
        product, square = np.array([one_of_each @ self.linear.weights[terms]]), np.array([one_of_each @ cells])
        products, squares = self._moved(said, said.in_all, said.in_all - said.count)
        stays = said.by_turn(said.count) < said.count.sum()  # else rounding would be all that is left
        rest = np.where(stays, product - products, 0.0), np.where(stays, square - squares, 0.0)
        return self._log_odds(product, square) - self._log_odds(*rest)

    def _moved(self, said: Counted, more: np.ndarray, less: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(turns,) each: how product with the weights and squared length differ between two counts (entries,)."""
        above, below = self._cells(more, said.term), self._cells(less, said.term)
        products = said.by_turn((above - below) * self.linear.weights[said.term])
        return products, said.by_turn(above**2 - below**2)

    def _cells(self, counts: np.ndarray, terms: np.ndarray) -> np.ndarray:
        return np.asarray(np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0.0) * self.space.rarity[terms])

    def _log_odds(self, products: np.ndarray, squares: np.ndarray) -> np.ndarray:
        return np.asarray(products / np.maximum(np.sqrt(squares), 1e-12) + self.linear.bias)

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {f"{prefix}.rarity": self.space.rarity, **self.linear.arrays(prefix)}

    @classmethod
    def restore(cls, terms: Sequence[str], arrays: Mapping[str, Any], prefix: str) -> Self | None:
        linear = LinearScore.from_arrays(arrays, prefix)
        if linear is None:
            return None
        return cls(WordSpace({term: column for column, term in enumerate(terms)}, arrays[f"{prefix}.rarity"]), linear)


def terms_of(example: Example) -> Iterator[str]:
    for turn in example.turns:
        yield from terms_of_turn(turn.role, turn.text)


def terms_of_turn(role: str, text: str) -> list[str]:
    """Words and pairs of neighbours, after a word that only the speaker's role gives."""
    words = [f"said_by_{role}", *WORD.findall(text.lower())]
    return [*words, *map(" ".join, pairwise(words))]
