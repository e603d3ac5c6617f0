"""A worker hears what is new in a running call and scores it as it stands.

What the model made of the call so far is kept in the process; where that is lost it is made again from the turns.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from calls.delivery import frozen_metadata
from calls.features import customer_history
from calls.interaction import Spoken, Tally
from mltraining.examples import plain_example, turns_of
from predictions import scoring, serving
from predictions.live import happenings
from predictions.live.going_first import going_first
from predictions.live.models import LiveCall, LiveTurn
from predictions.serving import NoActiveModel, Served

if TYPE_CHECKING:
    from mltraining.model_types import RunningCall

MOST_KEPT = 100  # calls; of each some 5 MB with the default encoder


@dataclass
class Followed:
    """One running call as a version heard it, with one entry a turn; one without words moves nothing."""

    running: "RunningCall"
    tally: Tally = field(default_factory=Tally)
    curve: list[float | None] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)

    @property
    def heard(self) -> int:
        return len(self.curve)

    def listen(self, turns: Sequence[Spoken]) -> None:
        spoken = [turn for turn in turns if turn.text]
        rows = np.array([self.counted(turn) for turn in spoken], dtype=float)
        standings = iter(self.running.hear(spoken, rows) if spoken else ())
        for turn in turns:
            standing = next(standings) if turn.text else None
            self.curve.append(standing.probability if standing else self.last)
            self.moves.append(standing.move if standing else 0.0)

    @property
    def last(self) -> float | None:
        return self.curve[-1] if self.curve else None

    def counted(self, turn: Spoken) -> list[float]:
        self.tally.add(turn)
        return self.tally.row()


class Kept:
    """One per process. A class, so that what it remembers has a name."""

    followed: OrderedDict[tuple[int, int], Followed] = OrderedDict()  # by call and version, the last heard last


def hear(pk: int) -> None:
    """May run twice, or twice at once: what was heard before is not told again."""
    live = LiveCall.objects.filter(pk=pk).first()
    if live is None:
        return
    try:
        served = serving.served()
    except NoActiveModel:
        served = None
    if live.is_running:
        with going_first():
            go_on(live, served)
    else:
        end(live, served)


def go_on(live: LiveCall, served: Served | None) -> None:
    """As far as there is no gap. Another version than before hears the call from its beginning."""
    followed = follow(live, served) if served else None
    first = min(live.heard, followed.heard) if followed else live.heard
    turns = without_gap(live.turns.filter(sequence__gte=first), first)
    if served and followed:
        followed.listen(turns[followed.heard - first :])
        keep(live, served, followed)
    happenings.tell(live, turns[live.heard - first :], served, followed)


def follow(live: LiveCall, served: Served) -> Followed:
    """No longer kept: what breaks off while it listens has heard half a turn, and is made again from the turns."""
    if kept := Kept.followed.pop((live.pk, served.version.pk), None):
        return kept
    history = customer_history(live.customer_id, live.started_at)
    known = plain_example([], frozen_metadata(live.customer_fields), history, time=live.started_at.timestamp())
    return Followed(served.model.follow(known))


def keep(live: LiveCall, served: Served, followed: Followed) -> None:
    Kept.followed[live.pk, served.version.pk] = followed
    while len(Kept.followed) > MOST_KEPT:
        Kept.followed.popitem(last=False)


def without_gap(turns: Iterable[LiveTurn], first: int) -> list[LiveTurn]:
    """In order, up to the first number that is missing."""
    found: list[LiveTurn] = []
    for number, turn in enumerate(turns, first):
        if turn.sequence != number:
            break
        found.append(turn)
    return found


def end(live: LiveCall, served: Served | None) -> None:
    """Scores the call that it became, with what was read of it already."""
    if served and live.call_id:
        followed = Kept.followed.pop((live.pk, served.version.pk), None)
        if followed:
            turns = turns_of([live.call_id])[live.call_id]
            followed.listen(turns[followed.running.turns :])
        scoring.score([live.call_id], {live.call_id: followed.running.encoded()} if followed else {})
    happenings.tell_end(live, served)
