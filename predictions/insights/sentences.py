"""Cuts a turn into sentences and finds the one that says something; all of it stays letter by letter."""

import re
from collections.abc import Callable, Iterator
from unicodedata import east_asian_width

LONGEST_QUOTE = 240
TITLE = r"(?<=\bMr)\.|(?<=\bMrs)\.|(?<=\bMs)\.|(?<=\bDr)\.|(?<=\bSt)\.|(?<=\bvs)\."
INSIDE = r"(?<=\d)\.(?=\d)"  # of a number
SENTENCE = re.compile(rf"(?:[^.!?。！？…]|{TITLE}|{INSIDE})+(?:[.!?。！？…]+[\"'”’]?|$)")  # noqa: RUF001  # other scripts' stops

Wrong = Callable[[str, re.Match[str]], bool]


def sentences(text: str) -> list[str]:
    return [words for match in SENTENCE.finditer(text) if re.search(r"\w", words := match.group().strip())]


def main_sentence(text: str) -> str:
    """The longest sentence, the first of equals."""
    return max((shortened(words) for words in sentences(text)), key=len, default="")


def word_count(text: str) -> int:
    """Where a script has no spaces between words, two of its characters count as one."""
    wide = sum(east_asian_width(character) in "WF" for character in text)
    return max(len(text.split()), wide // 2)


def sentence_with(text: str, wanted: re.Pattern[str], unless: Wrong = lambda text, found: False) -> str:
    """The first sentence that has the words, cut round them when it is long; empty when there is none.

    A place where `unless` holds does not count.
    """
    found = next((found for found in wanted.finditer(text) if not unless(text, found)), None)
    return "" if found is None else around(text, found)


def all_sentences_with(text: str, wanted: re.Pattern[str], unless: Wrong) -> Iterator[str]:
    for words in sentences(text):
        if found := sentence_with(words, wanted, unless):
            yield found


def around(text: str, found: re.Match[str]) -> str:
    for match in SENTENCE.finditer(text):
        if match.start() <= found.start() < match.end():
            words = match.group().strip()
            at = max(0, found.start() - match.start() - LONGEST_QUOTE // 2)
            return shortened(words) if len(words) <= LONGEST_QUOTE else shortened(from_word(match.group(), at))
    return shortened(text[found.start() :])


def from_word(text: str, at: int) -> str:
    """The text from the first whole word at or after a place."""
    while at and at < len(text) and not text[at - 1].isspace():
        at += 1
    return text[at:].strip()


def shortened(words: str) -> str:
    """At most so long, ending with a whole word: still words of the call, letter by letter."""
    if len(words) <= LONGEST_QUOTE:
        return words
    cut = words[:LONGEST_QUOTE]
    return cut.rsplit(None, 1)[0] if " " in cut else cut
