"""Cuts a conversation into the windows that an encoder reads, by a rule that looks only backwards."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mltraining.ml.example import Turn

WINDOW_TOKENS = 128
LETTERS_A_TOKEN = 4  # of plain English; other scripts are counted as one token a letter


@dataclass(frozen=True)
class Window:
    """What one vector stands for: a turn, or a piece of a long one. Windows of a prefix are a prefix of the windows."""

    first_turn: int
    last_turn: int
    role: str
    text: str
    context: str = ""  # read before it, but no part of its vector

    @property
    def reading(self) -> str:
        return f"{self.role}: {self.text}" if self.role else self.text


def windows_of(turns: Sequence[Turn], *, window_tokens: int = WINDOW_TOKENS, context_tokens: int = 0) -> list[Window]:
    """One window a turn, more for turns longer than about `window_tokens`, none for turns without words."""
    windows = []
    said: deque[tuple[str, int]] = deque()  # the last words with their cost
    said_cost = 0
    for number, turn in enumerate(turns):
        for piece in pieces_of(turn.text, window_tokens):
            context = " ".join(word for word, _ in said)
            windows.append(Window(number, number, turn.role, piece, context))
            if context_tokens:
                spoken = [(word, token_cost(word)) for word in windows[-1].reading.split()]
                said.extend(spoken)
                said_cost += sum(cost for _, cost in spoken)
                while said_cost > context_tokens:
                    said_cost -= said.popleft()[1]
    return windows


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
