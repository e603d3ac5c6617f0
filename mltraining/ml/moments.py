"""Calls as they stood when so many words had been heard: of every call that went on, as whoever listens sees them.

After a share of its turns a call looks as if it knew how long it will be; while it runs nobody knows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mltraining.ml.embedding import Encoded, text_view
from mltraining.ml.example import Example
from mltraining.ml.pooling import pooled_after
from mltraining.ml.projection import Projection

WORDS_HEARD = tuple(8 * 2**k for k in range(13))  # to 32,768: a call of three hours


@dataclass(frozen=True)
class Moment:
    words: int
    rows: np.ndarray  # (n,) which calls went on
    calls: list[Example]  # after the turn in which they reached so many words
    text: np.ndarray  # (n, P + E)


def moments(examples: Sequence[Example], encoded: Sequence[Encoded], projection: Projection) -> Iterator[Moment]:
    """As long as any call goes on."""
    reached = np.array([turns_by_moment(example) for example in examples], dtype=int).reshape(-1, len(WORDS_HEARD))
    goes_on = reached < np.array([len(example.turns) for example in examples])[:, None]  # (calls, moments)
    blocks = [after(call, turns[went]) for call, turns, went in zip(encoded, reached, goes_on, strict=True)]
    for number, words in enumerate(WORDS_HEARD):
        rows = np.flatnonzero(goes_on[:, number])
        if not len(rows):
            return
        calls = [examples[int(row)].prefix(int(reached[row, number])) for row in rows]
        yield Moment(words, rows, calls, text_view(np.stack([blocks[row][number] for row in rows]), projection))


def turns_by_moment(example: Example) -> np.ndarray:
    """(moments,) of how many turns each is made; more than there are where it is never reached."""
    return np.searchsorted(example.words_heard, WORDS_HEARD) + 1


def after(call: Encoded, turns: np.ndarray) -> np.ndarray:
    """(turns, P) of a call after each of these numbers of turns."""
    return pooled_after(call.vectors, call.windows, turns - 1) if len(turns) else np.zeros((0, 0))
