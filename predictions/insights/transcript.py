"""Writes a call as numbered lines for a prompt, in as many parts as a model's context needs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

BYTES_OF_TOKEN = 3  # fewer than in English prose, so that a count in bytes errs on the safe side in any script
LONGEST_LINE = 4_000
MOST_PARTS = 24  # of one call: some 300,000 tokens by default
# What could end the transcript, or begin another message where a local server reads a model's own marks in any text.
MARKS = re.compile(
    r"<\s*/?\s*(?:transcript|question|passages)\s*>|<\|[^|>]{0,40}\|>|<\s*/?\s*(?:start|end)_of_turn\s*>|</?s>|"
    r"\[/?INST\]|<</?SYS>>",
    re.IGNORECASE,
)


class Spoken(Protocol):
    @property
    def role(self) -> str: ...
    @property
    def text(self) -> str: ...


def tokens_of(text: str) -> int:
    return -(-len(text.encode()) // BYTES_OF_TOKEN)


def harmless(text: str) -> str:
    """On one line and without marks, so that no text can pose as another or as the end of the data."""
    return " ".join(MARKS.sub(" ", text).split())


def lines(number: int, turn: Spoken, longest: int = LONGEST_LINE) -> Iterator[str]:
    """One turn on one line, or a very long one on several with the same number."""
    words = harmless(turn.text)
    for start in range(0, len(words) or 1, longest):
        yield f"[{number}] {turn.role}: {words[start : start + longest]}"


def numbered(turns: Sequence[Spoken], room: int) -> tuple[list[str], int]:
    """Parts of at most `room` tokens, and how many parts were left out of the middle because there are too many."""
    longest = min(LONGEST_LINE, max(100, room // 2))
    parts = packed((line for number, turn in enumerate(turns) for line in lines(number, turn, longest)), room)
    if len(parts) <= MOST_PARTS:
        return parts, 0
    opening = MOST_PARTS // 2
    return [*parts[:opening], *parts[opening - MOST_PARTS :]], len(parts) - MOST_PARTS


def packed(texts: Iterable[str], room: int) -> list[str]:
    """As few pieces as hold them all in their order; a text that is too long alone is a piece of its own."""
    pieces: list[list[str]] = []
    left = 0
    for text in texts:
        takes = tokens_of(text) + 1
        if takes > left:
            pieces.append([])
            left = room
        pieces[-1].append(text)
        left -= takes
    return ["\n".join(piece) for piece in pieces] or [""]
