"""Search inside one conversation: the turns that hold the words, and the one to go to next."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from calls.models import Call, Turn

LONGEST_WORDS = 200  # characters
MOST_LISTED = 200


@dataclass(frozen=True)
class Found:
    words: str
    turns: Sequence[int]  # indices, in the order of the call
    at: int | None = None  # index of the turn that is shown

    @property
    def place(self) -> int | None:
        """Which of the turns is shown, from 1."""
        return None if self.at is None else bisect_left(self.turns, self.at) + 1


def find(call: Call, words: str, *, step: str = "", at: int = -1) -> Found:
    """Turns in which the words stand as they are written, capital letters aside.

    `step` is "next" or "previous", seen from turn `at` and round the ends; anything else goes nowhere.
    """
    words = " ".join(words.replace("\0", " ").split())[:LONGEST_WORDS]
    if not words:
        return Found("", ())
    held = list(holding(call, words).values_list("index", flat=True))
    return Found(words, held, neighbour(held, step, at))


def holding(call: Call, words: str) -> QuerySet[Turn]:
    return call.turns.filter(text__icontains=words).order_by("index")


def neighbour(held: Sequence[int], step: str, at: int) -> int | None:
    if not held or step not in ("next", "previous"):
        return None
    place = bisect_right(held, at) if step == "next" else bisect_left(held, at) - 1
    return held[place % len(held)]
