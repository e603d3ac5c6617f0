"""Choices by a seed, from one of two halves of every list: what was looked at while redaction was written (0) and what
was not (1) share no names, hosts, sentences or forms."""

import random
from collections.abc import Sequence
from typing import Any


class Draw:
    """Every choice comes from one generator of random numbers and one half of each list."""

    def __init__(self, seed: int, half: int) -> None:
        self.random, self.half = random.Random(seed), half

    def one(self, options: Sequence[Any]) -> Any:
        """Of this half; lists of fewer than six are grammar, and whole."""
        return self.random.choice(options if len(options) < 6 else options[self.half :: 2])

    def digits(self, count: int, first: str = "0123456789") -> str:
        return self.random.choice(first) + "".join(self.random.choices("0123456789", k=count - 1))

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def chance(self, share: float) -> bool:
        return self.random.random() < share
