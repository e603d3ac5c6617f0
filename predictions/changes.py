"""How a call's score has changed since the version that scored it before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from calls.models import User
from predictions.models import Prediction


@dataclass(frozen=True)
class Change:
    version: int
    probability: float  # by that version
    points: int  # of percent, since then

    @property
    def size(self) -> int:
        return abs(self.points)


class Scored(NamedTuple):
    call_id: int
    version_id: int
    probability: float
    created_at: datetime


def add_changes(rows: Sequence[Any], user: User) -> None:
    """Gives each call of one page `change`; None where no other version scored it before. One query."""
    scored = Prediction.objects.filter(call__in=[row.pk for row in rows], is_partial=False, probability__isnull=False)
    columns = scored.revealed_to(user).order_by("call_id", "-created_at", "-pk").values_list(*Scored._fields)
    found = {call: list(of_call) for call, of_call in groupby(map(Scored._make, columns), attrgetter("call_id"))}
    for row in rows:
        row.change = change(found.get(row.pk, ()), row.score_version)


def change(scores: Iterable[Scored], shown: int | None) -> Change | None:
    """`scores` of one call, newest first; `shown` is the version whose score is shown."""
    now = None
    for score in scores:
        if now is None:
            now = score if score.version_id == shown else None
        elif score.version_id != shown:
            points = round(100 * now.probability) - round(100 * score.probability)
            return Change(score.version_id, score.probability, points)
    return None
