"""Finds the words and phrases that a team watches for."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol, TypedDict

from predictions.models import Tracker


class Hit(TypedDict):
    """One watched phrase in one turn; `phrase` is written as the tracker writes it."""

    tracker: str
    kind: str
    turn: int
    phrase: str


class Spoken(Protocol):
    @property
    def text(self) -> str: ...


def watched() -> list[Tracker]:
    return list(Tracker.objects.order_by("name"))


def hits(turns: Sequence[Spoken], trackers: Iterable[Tracker] | None = None, *, language: str = "") -> list[Hit]:
    """Every watched phrase once per turn, in the order of the call; `turn` is its place in `turns`, from 0.

    `language` is the call's, empty where that is not known: then trackers of every language watch.
    """
    asked = watched() if trackers is None else trackers
    table = [(tracker, phrases_of(tracker)) for tracker in asked if tracker.watches(language)]
    return [
        Hit(tracker=tracker.name, kind=tracker.kind, turn=place, phrase=phrase)
        for place, turn in enumerate(turns)
        for tracker, phrases in table
        for phrase in said(turn.text, phrases)
    ]


def phrases_of(tracker: Tracker) -> tuple[str, ...]:
    """The usable phrases; an admin types them, so anything that is not a word is passed over."""
    listed = tracker.phrases if isinstance(tracker.phrases, list) else []
    return tuple(
        dict.fromkeys(" ".join(phrase.split()) for phrase in listed if isinstance(phrase, str) and phrase.strip())
    )


def said(text: str, phrases: tuple[str, ...]) -> list[str]:
    """Which of the phrases stand in the text, each once, in the order they are said."""
    if not phrases:
        return []
    found = [" ".join(match.group().split()) for match in pattern(phrases).finditer(text)]
    if not found:  # as of nearly every turn of a long call
        return []
    known = {phrase.casefold(): phrase for phrase in phrases}
    return list(dict.fromkeys(known.get(words.casefold(), words) for words in found))


@lru_cache(maxsize=512)
def pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all phrases, the longest first; whole words only, capital letters and spacing aside."""
    longest_first = sorted(phrases, key=len, reverse=True)
    choices = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in longest_first)
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)", re.IGNORECASE)
