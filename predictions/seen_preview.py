"""The preview of a candidate as one person may see it: counts and calls of their own calls only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from calls.models import Call, User
from mltraining.models import ModelVersion
from predictions.bands import band_for, bands
from predictions.models import Band, Preview, PreviewedScore
from predictions.preview import MOST_CALLS

MOST_MOVERS = 10


@dataclass(frozen=True)
class Said:
    probability: float | None
    band: str


@dataclass(frozen=True)
class Mover:
    call: Call
    before: Said
    after: Said


@dataclass(frozen=True)
class SeenPreview:
    preview: Preview
    is_outdated: bool  # compared with a version that serves no more
    letters: list[str]  # of the bands, best first; empty at the end for no score
    moves: dict[tuple[str, str], int]  # band before and after -> calls
    movers: list[Mover]

    @property
    def compared(self) -> int:
        return min(self.preview.open_calls, MOST_CALLS)

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


def preview_for(user: User, version: ModelVersion) -> SeenPreview | None:
    """None: nobody has asked for one."""
    preview = Preview.objects.select_related("against").filter(version=version).first()
    if preview is None:
        return None
    active, limits = ModelVersion.objects.active(), bands()
    seen = preview.scores.visible_to(user)
    moves = Counter(
        (before, band_for(after, limits)) for before, after in seen.values_list("before__band", "probability")
    )
    met = {band for move in moves for band in move}
    letters = [band.letter for band in limits]
    letters += sorted(met - {*letters, ""}) + [""] * ("" in met)
    largest = seen.by_movement().select_related("before__call__customer")[:MOST_MOVERS]
    return SeenPreview(
        preview=preview,
        is_outdated=bool(preview.made_at) and preview.against != active,
        letters=letters,
        moves=dict(moves),
        movers=[mover(row, limits) for row in largest],
    )


def mover(row: PreviewedScore, limits: Sequence[Band]) -> Mover:
    before = Said(row.before.probability, row.before.band)
    return Mover(row.before.call, before, Said(row.probability, band_for(row.probability, limits)))
