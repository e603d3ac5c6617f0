"""The words themselves as one more view of a call: TF-IDF of words and word pairs within turns, linear, in numpy.

Counts are kept by turn, so a prefix or a call without one turn is counted by adding and taking away.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_matrix

from mltraining.ml.example import Example
from mltraining.ml.linear import LinearScore

WORD = re.compile(r"\w+")
FEWEST_CALLS = 2  # that use a term
MOST_TERMS = 30_000
TURNS_AT_ONCE = 64


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

    def counts(self, example: Example) -> csr_matrix:
        """(turns, terms)"""
        return self._counted(terms_of_turn(turn.role, turn.text) for turn in example.turns)

    def add(self, counts: np.ndarray, role: str, text: str) -> None:
        """One turn's terms to `counts` (terms,), in place."""
        known = [self.terms[term] for term in terms_of_turn(role, text) if term in self.terms]
        np.add.at(counts, known, 1)

    def matrix(self, examples: Sequence[Example]) -> csr_matrix:
        """(examples, terms), each row of unit length, or empty"""
        totals = self._counted(terms_of(example) for example in examples)
        totals.data = (1 + np.log(totals.data)) * self.rarity[totals.indices]
        lengths = np.sqrt(np.asarray(totals.multiply(totals).sum(axis=1)).ravel())
        totals.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(totals.indptr))
        return totals

    def _counted(self, said: Iterable[Iterable[str]]) -> csr_matrix:
        """(rows, terms)"""
        known = [[self.terms[term] for term in terms if term in self.terms] for terms in said]
        columns = [column for some in known for column in some]
        ends = np.cumsum([0, *map(len, known)])
        counted = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(known), len(self.terms)))
        counted.sum_duplicates()
        return counted


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
        return self._log_odds(counts[None, used], used)

    def along(self, example: Example) -> np.ndarray:
        """(turns,) after each turn."""
        used, counts = self._used(example)
        said, before = [], np.zeros(len(used))
        for part in in_parts(counts):
            heard = np.cumsum(part, axis=0) + before
            before = heard[-1]
            said.append(self._log_odds(heard, used))
        return np.concatenate([np.zeros(0), *said])

    def without(self, example: Example) -> np.ndarray:
        """(turns,) with each turn left out."""
        used, counts = self._used(example)
        total = np.asarray(counts.sum(axis=0))
        return np.concatenate([np.zeros(0), *(self._log_odds(total - part, used) for part in in_parts(counts))])

    def _used(self, example: Example) -> tuple[np.ndarray, csr_matrix]:
        counts = self.space.counts(example)
        used = np.unique(counts.indices)
        return used, counts[:, used]

    def _log_odds(self, counts: np.ndarray, used: np.ndarray) -> np.ndarray:
        cells = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0.0) * self.space.rarity[used]
        lengths = np.maximum(np.sqrt((cells**2).sum(axis=1)), 1e-12)
        return np.asarray(cells @ self.linear.weights[used] / lengths + self.linear.bias)

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


def terms_of_turn(role: str, text: str) -> Iterator[str]:
    """Words and pairs of neighbours, after a word that only the speaker's role gives."""
    words = [f"said_by_{role}", *WORD.findall(text.lower())]
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(words))


def in_parts(counts: csr_matrix) -> Iterator[np.ndarray]:
    """A few turns at a time, dense: a call of ten thousand turns would not fit whole."""
    for start in range(0, counts.shape[0], TURNS_AT_ONCE):
        yield counts[start : start + TURNS_AT_ONCE].toarray()
