"""Keeps only what is really quoted from the call."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from predictions.insights.failure import InsightFailed
from predictions.insights.schema import Quote

LIMIT = 8  # points of one kind; more is not read by anybody
LONGEST_QUOTE = 1_000
SINGLE_MARKS = "'’‘‚‛`´"  # noqa: RUF001  # they differ on purpose
DOUBLE_MARKS = '"“”„‟«»'
EDGES = f"{SINGLE_MARKS}{DOUBLE_MARKS} \t\r\n.…"
ADDRESS = re.compile(
    r"(?i:https?://\S+|\bwww\.\S+|\S+@\S+\.\w+)"
    # A bare domain. Its end is in one case, as that of "budget.They", where a space is missing, is not.
    r"|(?<![\w.-])(?:[\w-]+\.)+(?:xn--[\w-]+|[a-z]{2,24}|[A-Z]{2,24}|[A-Za-z]{2,24}(?=/))(?!\w)(?:/\S*)?"
)


class Spoken(Protocol):
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Checked:
    analysis: Any  # of the schema that was asked for
    kept: int
    dropped: int


def checked(analysis: BaseModel, turns: Sequence[Spoken]) -> Checked:
    """The answer with the quotes that stand in the call, in the call's own letters.

    A quote that stands in another turn than it says is pointed there. Points left without a quote are dropped; other
    texts stay. Raises InsightFailed where they hold an address that nobody gave.
    """
    refuse_own_addresses(analysis, turns)
    values: dict[str, list[Any]] = {}
    kept, dropped = 0, 0
    for name, items in analysis:
        if isinstance(items, list):
            found = real(items, turns) if name == "quotes" else [with_real_quotes(item, turns) for item in items]
            dropped += quotes_in(items) - quotes_in(found)
            values[name] = [item for item in found if quotes_in([item])][:LIMIT]
            kept += quotes_in(values[name])
    return Checked(analysis.model_copy(update=values), kept, dropped)


def with_real_quotes(item: Any, turns: Sequence[Spoken]) -> Any:
    return item.model_copy(update={"quotes": real(item.quotes, turns)})


def quotes_in(items: Sequence[Any]) -> int:
    return sum(1 if isinstance(item, Quote) else len(item.quotes) for item in items)


def refuse_own_addresses(analysis: BaseModel, turns: Sequence[Spoken]) -> None:
    """A transcript may talk a model into sending its readers somewhere."""
    given = {found.casefold() for turn in turns for found in ADDRESS.findall(turn.text)}
    written = {found.casefold() for text in texts_in(analysis) for found in ADDRESS.findall(text)}
    if any(not any(address.rstrip(".,;:!?)”\"'") in one for one in given) for address in written):
        raise InsightFailed("The model wrote an address that stands nowhere in the call.", code="own_address")


def texts_in(value: Any) -> Iterator[str]:
    """All that the model wrote but its quotes, which are checked by themselves."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, BaseModel) and not isinstance(value, Quote):
        for _, inner in value:
            yield from texts_in(inner)


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
