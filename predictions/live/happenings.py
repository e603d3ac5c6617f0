"""What happens in a running call, written down in order, once; whoever follows the call is woken."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from predictions import trackers
from predictions.bands import band_for
from predictions.live import waking
from predictions.live.models import LiveCall, LiveEvent, LiveTurn
from predictions.models import Prediction
from predictions.risks.rules import FALL
from predictions.serving import Served

if TYPE_CHECKING:
    from predictions.live.hearing import Followed

Kind = LiveEvent.Kind
Happening = tuple[str, Mapping[str, Any]]


@transaction.atomic
def tell(before: LiveCall, turns: Sequence[LiveTurn], served: Served | None, followed: "Followed | None") -> None:
    """`turns` come right after those that `before` had heard. Where another worker was quicker, nothing is written."""
    live = LiveCall.objects.select_for_update(no_key=True).get(pk=before.pk)
    is_anew = served is not None and live.version_id != served.version.pk
    if not live.is_running or live.heard != before.heard or not (turns or is_anew):
        return
    happened: list[Happening] = [(Kind.TRACKER_HIT, hit) for hit in hits_in(turns)]
    live.heard += len(turns)
    if served and followed:
        happened += judged(live, served, followed, len(turns))
    live.save(update_fields=["heard", "version", "probability", "band", "curve", "moves", "highest"])
    write(live, happened)


def hits_in(turns: Sequence[LiveTurn]) -> list[trackers.Hit]:
    return [trackers.Hit(**hit | {"turn": turns[hit["turn"]].sequence}) for hit in trackers.hits(turns)]


def judged(live: LiveCall, served: Served, followed: "Followed", new: int) -> list[Happening]:
    """Changes the call, unsaved, to what the version says of it, and says what that changes."""
    band_before, live.version = live.band, served.version
    live.curve, live.moves = followed.curve[: live.heard], followed.moves[: live.heard]
    live.probability = live.curve[-1] if live.curve else None
    live.band = band_for(live.probability)
    moved = [{"turn": number, "contribution": live.moves[number]} for number in range(live.heard - new, live.heard)]
    happened: list[Happening] = [(Kind.SCORE, score_of(live) | {"is_final": False, "moved_by": moved})]
    if band_before and band_before != live.band:
        happened.append((Kind.BAND_CROSSED, {"before": band_before, "after": live.band or None, "turns": live.heard}))
    if live.probability is not None:
        live.highest = max(live.highest, live.probability)
        if live.highest - live.probability >= FALL:
            fall = {"kind": "falling", "before": live.highest, "after": live.probability, "turns": live.heard}
            happened.append((Kind.RISK, fall))
            live.highest = live.probability
    return happened


def score_of(live: LiveCall) -> dict[str, Any]:
    return {
        "turns": live.heard,
        "conversion_probability": live.probability,
        "band": live.band or None,
        "model_version": live.version_id,
    }


@transaction.atomic
def tell_end(before: LiveCall, served: Served | None) -> None:
    """The score of the whole call, where there is one, and that it has ended; once."""
    live = LiveCall.objects.select_for_update(no_key=True).get(pk=before.pk)
    if live.events.filter(kind=Kind.FINISHED).exists():
        return
    happened: list[Happening] = []
    if served and (score := Prediction.objects.filter(call=live.call_id, version=served.version).first()):
        band_before = live.band
        live.version, live.probability, live.band = served.version, score.probability, score.band
        live.heard, live.curve = score.turns_seen, score.curve
        live.save(update_fields=["version", "probability", "band", "heard", "curve"])
        happened.append((Kind.SCORE, score_of(live) | {"is_final": True, "moved_by": []}))
        if band_before and band_before != live.band:
            crossed = {"before": band_before, "after": live.band or None, "turns": live.heard}
            happened.append((Kind.BAND_CROSSED, crossed))
    write(live, [*happened, (Kind.FINISHED, {"call": live.call_id})])


def write(live: LiveCall, happened: Sequence[Happening]) -> None:
    """The row of the call is locked: numbers follow each other without a gap."""
    last = live.events.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    LiveEvent.objects.bulk_create(
        LiveEvent(live_call=live, sequence=number, kind=kind, content=content)
        for number, (kind, content) in enumerate(happened, last + 1)
    )
    transaction.on_commit(lambda: waking.wake(live.pk))
