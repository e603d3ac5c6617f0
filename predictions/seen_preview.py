"""The preview of a candidate as one person may see it: counts and calls of their own calls only."""

from collections.abc import Sequence
from dataclasses import dataclass

from calls.models import Call, User
from mltraining.models import ModelVersion
from predictions.band_moves import BandMoves, counted
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
class SeenPreview(BandMoves):
    preview: Preview
    is_outdated: bool  # compared with a version that serves no more
    movers: list[Mover]

    @property
    def compared(self) -> int:
        return min(self.preview.open_calls, MOST_CALLS)


def preview_for(user: User, version: ModelVersion) -> SeenPreview | None:
    """None: nobody has asked for one."""
    preview = Preview.objects.select_related("against").filter(version=version).first()
    if preview is None:
        return None
    active, limits = ModelVersion.objects.active(), bands()
    seen = preview.scores.visible_to(user)
    said = seen.values_list("before__band", "probability")
    found = counted(((before, band_for(after, limits)) for before, after in said), limits)
    largest = seen.by_movement().select_related("before__call__customer")[:MOST_MOVERS]
    return SeenPreview(
        preview=preview,
        is_outdated=bool(preview.made_at) and preview.against != active,
        letters=found.letters,
        moves=found.moves,
        movers=[mover(row, limits) for row in largest],
    )


def mover(row: PreviewedScore, limits: Sequence[Band]) -> Mover:
    before = Said(row.before.probability, row.before.band)
    return Mover(row.before.call, before, Said(row.probability, band_for(row.probability, limits)))
