"""Looks for risks anew in open calls once a tracker was added, changed or deleted.

Each check notes how many of those changes it knew of, so that a row tells whether it is behind, whoever was killed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from calls import clock
from calls.models import Call
from calls.progress import seconds_left
from predictions.insight_attempts import InsightAttempt
from predictions.risks.finding import changes_of_trackers, find
from predictions.risks.models import LOOKED_BACK

log = logging.getLogger(__name__)

AT_ONCE = 100  # calls; then other work of the queue has its turn
LEASE = "risks-anew"


@dataclass(frozen=True)
class Progress:
    done: int
    total: int
    since: datetime | None  # the last change of a tracker

    @property
    def seconds_left(self) -> int | None:
        """By the clock of the database, which dated the change."""
        taken = (clock.now() - self.since).total_seconds() if self.since else 0
        return seconds_left(self.done, self.total, taken)


def looked_at() -> QuerySet[Call]:
    """Open calls whose risks people are still shown, in which somebody has looked, and that were not given up."""
    recent = Call.objects.ready().filter(outcome="", started_at__gte=timezone.now() - LOOKED_BACK)
    given_up = InsightAttempt.objects.given_up().filter(work=InsightAttempt.Work.RISKS)
    return recent.filter(risk_check__isnull=False).exclude(pk__in=given_up.values("call"))


def behind() -> Q:
    return Q(risk_check__changes_known__lt=changes_of_trackers().count())


def progress() -> Progress:
    counts = looked_at().aggregate(total=Count("pk"), behind=Count("pk", filter=behind()))
    since = changes_of_trackers().aggregate(at=Max("pgh_created_at"))["at"]
    return Progress(counts["total"] - counts["behind"], counts["total"], since)


def begin() -> None:
    """Has a worker look, where any call is behind; the sweep asks as well. Twice is no harm."""
    from predictions.tasks import find_risks_anew  # noqa: PLC0415  # the task's module imports this one

    if looked_at().filter(behind()).exists():
        find_risks_anew.delay_on_commit()


def go_on() -> None:
    """Some calls, the newest first, and has a worker go on where more are behind. One worker does so at a time."""
    if not cache.add(LEASE, 1, settings.LEASE_SECONDS):
        return
    try:
        found = [call_id for call_id in next_calls() if look_again(call_id)]
    finally:
        cache.delete(LEASE)
    if found:
        begin()


def next_calls() -> Sequence[int]:
    newest = looked_at().filter(behind()).order_by("-started_at", "-pk")
    return list(newest.values_list("pk", flat=True)[:AT_ONCE])


def look_again(call_id: int) -> bool:
    """One that cannot be looked at keeps no other from it; the sweep tries it again."""
    cache.touch(LEASE, settings.LEASE_SECONDS)
    try:
        return find(call_id)
    except Exception:  # whatever it is about this call, the others are looked at
        log.exception("The risks of call %s could not be looked for", call_id)
        return False
