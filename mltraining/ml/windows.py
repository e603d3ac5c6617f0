"""Cuts a conversation into the windows that an encoder reads, by a rule that looks only backwards."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mltraining.ml.example import Spoken

WINDOW_TOKENS = 128
PASSAGE_TOKENS = 256
LETTERS_A_TOKEN = 4  # of plain English; other scripts are counted as one token a letter


@dataclass(frozen=True)
class Window:
    """What one vector stands for: a turn, or a piece of a long one. Windows of a prefix are a prefix of the windows."""

    first_turn: int
    last_turn: int
    role: str
    text: str
    before: tuple[str, ...] = ()  # of the same passage: read with it, but no part of its vector

    @property
    def reading(self) -> str:
        return f"{self.role}: {self.text}" if self.role else self.text

    @property
    def tokens(self) -> int:
        """About how many are read for it: its own, and those before it in the passage."""
        return sum(map(tokens_in, (*self.before, self.reading)))


def windows_of(
    turns: Sequence[Spoken],
    *,
    window_tokens: int = WINDOW_TOKENS,
    passage_tokens: int = PASSAGE_TOKENS,
    context_tokens: int = 0,
) -> list[Window]:
    """One window a turn, more for turns longer than about `window_tokens`, none for turns without words.

    Consecutive windows share a passage of about `passage_tokens`, which begins with the last `context_tokens` of the
    one before: an encoder reads a passage in one pass and lets each window see what was said before it there.
    """
    cutter = Cutter(window_tokens, passage_tokens, context_tokens)
    return [window for turn in turns for window in cutter.cut(turn)]


class Cutter:
    """Cuts turn after turn, as they are said."""

    def __init__(self, window_tokens: int, passage_tokens: int, context_tokens: int) -> None:
        self.window_tokens, self.passage_tokens, self.context_tokens = window_tokens, passage_tokens, context_tokens
        self.turns = 0
        self.before: tuple[str, ...] = ()  # what the next window sees
        self.spent = 0  # tokens, about, of the passage so far

    def cut(self, turn: Spoken) -> list[Window]:
        windows = [self._window(turn.role, piece) for piece in pieces_of(turn.text, self.window_tokens)]
        self.turns += 1
        return windows

    def _window(self, role: str, piece: str) -> Window:
        window = Window(self.turns, self.turns, role, piece, self.before)
        cost = tokens_in(window.reading)
        if self.before and self.spent + cost > self.passage_tokens:
            carried = end_of(self.before, self.context_tokens)
            window = Window(self.turns, self.turns, role, piece, (carried,) if carried else ())
            self.spent = tokens_in(carried)
        self.before = (*window.before, window.reading)
        self.spent += cost
        return window


def end_of(readings: Sequence[str], tokens: int) -> str:
    """The last words, of about so many tokens."""
    words: list[str] = []
    for word in reversed(" ".join(readings).split()):
        tokens -= token_cost(word)
        if tokens < 0:
            break
        words.append(word)
    return " ".join(reversed(words))


def passages_in(windows: Sequence[Window]) -> Iterator[slice]:
    """The places of those windows that are read in one pass, in order."""
    start = 0
    for place, window in enumerate(windows):
        if place and not continues(windows[place - 1], window):
            yield slice(start, place)
            start = place
    if windows:
        yield slice(start, len(windows))


def continues(earlier: Window, later: Window) -> bool:
    """Whether the later one saw the earlier one and everything that it saw."""
    seen = len(earlier.before)
    return len(later.before) > seen and later.before[seen] == earlier.reading and later.before[:seen] == earlier.before


def pieces_of(text: str, window_tokens: int) -> Iterator[str]:
    """The text cut between words into pieces of about so many tokens, without asking a tokenizer."""
    piece: list[str] = []
    cost = 0
    for word in words_of(text, window_tokens):
        word_cost = token_cost(word)
        if piece and cost + word_cost > window_tokens:
            yield " ".join(piece)
            piece, cost = [], 0
        piece.append(word)
        cost += word_cost
    if piece:
        yield " ".join(piece)


def words_of(text: str, window_tokens: int) -> Iterable[str]:
    """Words; those that fill a window alone, as in scripts without spaces, are cut between letters."""
    for word in text.split():
        if token_cost(word) <= window_tokens:
            yield word
        else:
            yield from (word[start : start + window_tokens] for start in range(0, len(word), window_tokens))


def token_cost(word: str) -> int:
    return -(-len(word) // LETTERS_A_TOKEN) if word.isascii() else len(word)


def tokens_in(text: str) -> int:
    return sum(token_cost(word) for word in text.split())
