"""Picks up running calls whose message was lost or whose worker died, and ends those that nobody goes on with."""

import logging

from calls.refusal import Refusal
from predictions.live import arriving
from predictions.live.models import LiveCall

log = logging.getLogger(__name__)


def sweep() -> None:
    from predictions.tasks import score_live_call  # noqa: PLC0415  # the task's module imports this one

    for live in LiveCall.objects.silent():
        end(live)
    for pk in LiveCall.objects.behind().values_list("pk", flat=True):
        score_live_call.delay_on_commit(pk)


def end(live: LiveCall) -> None:
    """One that cannot be ended keeps no other from its end."""
    try:
        arriving.finish(live, incomplete=True)
    except Refusal as refusal:
        log.error("The live call %s cannot be ended: %s", live.pk, refusal.in_words)
