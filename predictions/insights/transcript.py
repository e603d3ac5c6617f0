"""Writes a call as numbered lines for a prompt, within a budget."""

import re
from collections.abc import Sequence
from typing import Protocol

# About 15,000 tokens: within the context of any current model, and of a local one set up for long calls.
BUDGET = 60_000
TURN_BUDGET = 4_000
SHARE_OF_OPENING = 0.4  # the end of a call says more about its outcome than the beginning
FENCE = re.compile(r"<\s*/?\s*transcript\s*>", re.IGNORECASE)


class Spoken(Protocol):
    @property
    def role(self) -> str: ...
    @property
    def text(self) -> str: ...


def line(number: int, turn: Spoken) -> str:
    """One turn on one line, so that no turn can pose as another or as the end of the transcript."""
    words = " ".join(FENCE.sub(" ", turn.text).split())
    return f"[{number}] {turn.role}: {words[:TURN_BUDGET]}"


def numbered(turns: Sequence[Spoken], budget: int = BUDGET) -> tuple[str, int]:
    """The lines, and how many turns were left out of the middle because they did not fit."""
    lines = [line(number, turn) for number, turn in enumerate(turns)]
    if sum(len(text) + 1 for text in lines) <= budget:
        return "\n".join(lines), 0
    opening = fitting(lines, budget * SHARE_OF_OPENING)
    ending = fitting(lines[: opening - 1 if opening else None : -1], budget * (1 - SHARE_OF_OPENING))
    left_out = len(lines) - opening - ending
    gap = [f"({left_out} turns are left out here.)"] if left_out else []
    return "\n".join([*lines[:opening], *gap, *lines[len(lines) - ending :]]), left_out


def fitting(lines: Sequence[str], budget: float) -> int:
    """How many of the first lines fit."""
    used = 0
    for count, text in enumerate(lines):
        used += len(text) + 1
        if used > budget:
            return count
    return len(lines)
