"""How calls move between bands when another version speaks of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from predictions.models import Band


@dataclass(frozen=True)
class BandMoves:
    letters: list[str]  # of the bands, best first; empty at the end for no score
    moves: dict[tuple[str, str], int]  # band before and after -> calls

    @cached_property
    def calls(self) -> int:
        return sum(self.moves.values())

    @cached_property
    def changing(self) -> int:
        return sum(count for (before, after), count in self.moves.items() if before != after)

    @cached_property
    def table(self) -> list[tuple[str, list[tuple[str, int]], int]]:
        """For each band before: its letter, the calls by the band after, and all of them."""
        rows = [(old, [(new, self.moves.get((old, new), 0)) for new in self.letters]) for old in self.letters]
        return [(old, cells, sum(count for _, count in cells)) for old, cells in rows]

    @cached_property
    def totals(self) -> list[int]:
        """The calls of each band after."""
        return [sum(self.moves.get((old, new), 0) for old in self.letters) for new in self.letters]


def counted(pairs: Iterable[tuple[str, str]], limits: Sequence[Band]) -> BandMoves:
    """From the band before and after of each call; letters that are no bands any more stand behind those that are."""
    moves = Counter(pairs)
    met = {band for move in moves for band in move}
    letters = [band.letter for band in limits]
    return BandMoves([*letters, *sorted(met - {*letters, ""}), *[""] * ("" in met)], dict(moves))
