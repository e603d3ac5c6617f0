"""Keeps only what is really quoted from the call."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from predictions.insights.schema import SECTIONS, NextStep, Point, Quote, SalesAnalysis

LIMIT = 8  # points of one kind; more is not read by anybody
LONGEST_QUOTE = 1_000
SINGLE_MARKS = "'’‘‚‛`´"  # noqa: RUF001  # they differ on purpose
DOUBLE_MARKS = '"“”„‟«»'
EDGES = f"{SINGLE_MARKS}{DOUBLE_MARKS} \t\r\n.…"


class Spoken(Protocol):
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Checked:
    analysis: SalesAnalysis
    kept: int
    dropped: int


def checked(analysis: SalesAnalysis, turns: Sequence[Spoken]) -> Checked:
    """The analysis with the quotes that stand in the call, in the call's own letters.

    A quote that stands in another turn than it says is pointed there. Points left without a quote are dropped; the
    summary stays.
    """
    sections: dict[str, list[Point] | list[NextStep]] = {}
    kept, dropped = 0, 0
    for name in SECTIONS:
        points = getattr(analysis, name)
        found = [point.model_copy(update={"quotes": real(point.quotes, turns)}) for point in points]
        dropped += quotes_in(points) - quotes_in(found)
        sections[name] = [point for point in found if point.quotes][:LIMIT]
        kept += quotes_in(sections[name])
    return Checked(analysis.model_copy(update=sections), kept, dropped)


def quotes_in(points: Sequence[Point | NextStep]) -> int:
    return sum(len(point.quotes) for point in points)


def real(quotes: Iterable[Quote], turns: Sequence[Spoken]) -> list[Quote]:
    return [found for quote in quotes if (found := located(quote, turns))]


def located(quote: Quote, turns: Sequence[Spoken]) -> Quote | None:
    """The quote as the transcript has it; the turn that was named comes first, then the others in order."""
    words = quote.quote.strip(EDGES)
    if len(words) > LONGEST_QUOTE or not re.search(r"\w", words):
        return None
    wanted = re.compile(loosely(words), re.IGNORECASE)
    named = [quote.turn] if 0 <= quote.turn < len(turns) else []
    for place in (*named, *range(len(turns))):
        if match := wanted.search(turns[place].text):
            return Quote(turn=place, quote=match.group())
    return None


def loosely(words: str) -> str:
    """An expression for these whole words and the stop after them, whatever the spacing and the kind of marks."""
    pieces = [re.escape(piece) if not piece.isspace() else r"\s+" for piece in re.split(r"(\s+)", words)]
    text = "".join(pieces)
    for marks in (SINGLE_MARKS, DOUBLE_MARKS):
        text = re.sub(f"[{marks}]", f"[{marks}]", text)
    before, after = (r"(?<!\w)" if words[0].isalnum() else ""), (r"(?!\w)" if words[-1].isalnum() else "")
    return f"{before}{text}{after}[.!?…]*"
