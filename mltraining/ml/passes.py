"""What goes through an encoder together: a passage in one pass, in which a window sees only what came before it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from mltraining.ml.windows import Window, passages_in

Tokenize = Callable[[Sequence[str]], list[list[int]]]  # special tokens included, as of a text by itself


@dataclass(frozen=True)
class Pass:
    """Token ids, and for each the number of the reading it is of: a token attends to its own reading and earlier ones.

    `spans` are (first, end) of the tokens that are pooled, one for each window in `rows`.
    """

    ids: list[int]
    readings: list[int]
    spans: list[tuple[int, int]]
    rows: list[int]


def passes_of(windows: Sequence[Window], tokenize: Tokenize, longest: int) -> list[Pass]:
    """Every window is in one pass. What a window sees loses its beginning where a pass would exceed `longest` tokens,
    and a reading that alone exceeds it loses its end."""
    texts = list(dict.fromkeys(text for window in windows for text in (*window.before, window.reading)))
    tokens = {text: ids[:longest] for text, ids in zip(texts, tokenize(texts), strict=True)} if texts else {}
    return [found for place in passages_in(windows) for found in split(windows, place, tokens, longest)]


def split(windows: Sequence[Window], place: slice, tokens: dict[str, list[int]], longest: int) -> Iterator[Pass]:
    """One passage as one pass, or as several where it is too long: windows that see the same beginning together."""
    last = windows[place][-1]
    readings = [tokens[text] for text in (*last.before, last.reading)]
    ends = list(accumulate(map(len, readings), initial=0))  # tokens before each reading, and all

    def seen_from(row: int) -> int:
        end = ends[len(windows[row].before) + 1]
        return next(first for first, begin in enumerate(ends) if end - begin <= longest)

    for first, together in groupby(range(place.start, place.stop), seen_from):
        rows = list(together)
        own = [len(windows[row].before) for row in rows]
        shown = range(first, own[-1] + 1)
        yield Pass(
            ids=[token for reading in shown for token in readings[reading]],
            readings=[reading for reading in shown for _ in readings[reading]],
            spans=[(ends[reading] - ends[first], ends[reading + 1] - ends[first]) for reading in own],
            rows=rows,
        )
