"""Reading, cleaning and redaction take time in proportion to the size, whatever is repeated in it."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from operator import mul
from time import thread_time
from typing import Any

import pytest

from calls.transcripts import UnreadableTranscript, read_rows
from calls.transcripts.cleaning import clean
from calls.transcripts.redaction import redact

pytestmark = pytest.mark.benchmark

NAMES = ("a.txt", "a.vtt", "a.srt", "a.csv", "a.json")
TIMES = 4
TOO_SHORT = 0.1  # seconds: below it the clock and other work say more than the size
PIECES = (
    "a", "1", "0 ", " ", "\n", "\t", ",", ";", '"', '""', "'", ":", "-", "--> ", "<", "<v ", "<v A>b</v>", "&", "&amp;",
    "{", "[", "[{", '{"a":', '{"text": "a"},', "[]", "]", "}", "(", "((a", "[noise] ", "um, ", "um ", "- ", "*",
    "**a**", "A: b\n", "A:\n", "A (00:01):", "[00:01] A: b\n", "00:01 ", "00:00:01,000 --> 00:00:02,000\n", "1\n\n",
    "00:00:01.000 --> 00:00:02.000\na\n\n", "Speaker 1\n", "a,b\n", "speaker,text\n", "speaker;text\n", "a\tb\n",
    "1 2 3 ", "one two ", "double four ", "+49 ", "(0) 1-", "4111 1111 ", "DE89 3704 ", "a@", "@a.", "a.b",
    "a at b dot ", "dot com ", "mia@example.com ", "http://", "\u200b", "e\u0301", "\U0001f600", "\x00",
)  # fmt: skip


def reading(name: str, text: str) -> None:
    with suppress(UnreadableTranscript):
        read_rows(text.encode(), name)


WORKS: dict[str, tuple[Callable[[str], object], int]] = {
    **{f"reading {name}": (partial(reading, name), 20_000) for name in NAMES},
    "cleaning": (clean, 10_000),
    "redaction": (redact, 10_000),
}


def seconds(work: Callable[[Any], object], made: Any, tries: int) -> float:
    """Of this thread alone; the shortest of the tries."""
    took = []
    for _ in range(tries):
        started = thread_time()
        work(made)
        took.append(thread_time() - started)
    return min(took)


def growth(work: Callable[[Any], object], of_size: Callable[[int], Any]) -> float:
    """How many times as long it takes for TIMES the size; measured again where that is more than it should be."""
    short, long = of_size(1), of_size(TIMES)
    for tries in (1, 5):
        took = seconds(work, long, tries)
        ratio = took / max(seconds(work, short, tries), TOO_SHORT / TIMES)
        if took < TOO_SHORT or ratio <= 1.5 * TIMES:
            break
    return ratio


@pytest.mark.parametrize("name", WORKS)
def test_four_times_the_size_takes_no_more_than_twice_as_long_for_each_character(name, table):
    work, size = WORKS[name]
    grown = {piece: growth(work, partial(mul, piece * (size // len(piece)))) for piece in PIECES}
    worst = max(grown, key=lambda piece: grown[piece])
    note = f"{len(PIECES)} pieces, each repeated to {size:,} characters; the worst is {worst!a}"
    table.add(f"Time of {name} for {TIMES} times the size", grown[worst], "times", at_most=2 * TIMES, note=note)
    assert grown[worst] <= 2 * TIMES, worst


def test_what_takes_its_time_for_each_pair_of_characters_would_be_found():
    assert growth(lambda text: [text.count("b") for _ in text], partial(mul, "a" * 40_000)) > 2 * TIMES
