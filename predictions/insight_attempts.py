"""Of which calls a worker has begun to write an insight, or to look for risks: what a killed one leaves behind, what
ended by an error, and what a language model did not answer."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import Error, models, transaction
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from calls import leases
from calls.models import Call
from calls.outages import is_outage
from calls.people import User
from predictions.handing_back import hand_back, owe

log = logging.getLogger(__name__)

GAVE_UP = "Its worker was killed each time."
KILLED = ("", GAVE_UP)
RAISED = "It ended by an error: "
PAUSE = timedelta(minutes=10)  # after an error, or before a language model that gave no answer is asked again
ANEW_AFTER = timedelta(days=1)  # it may be tried as often again


class InsightAttemptQuerySet(models.QuerySet["InsightAttempt"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(call__in=Call.objects.visible_to(user))

    def free(self) -> Self:
        """In nobody's hands, and no pause after a failure."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=Now()))

    def given_up(self) -> Self:
        """Begun as often as is allowed, and never ended."""
        return self.free().filter(attempts__gte=settings.MAX_ATTEMPTS)

    def broken(self) -> Self:
        """Given up, and not for want of an answer."""
        return self.given_up().filter(Q(error__in=KILLED) | Q(error__startswith=RAISED))

    def of_another_day(self) -> Self:
        """Failures that count no more."""
        return self.exclude(error__in=KILLED).filter(begun_at__lt=Now() - ANEW_AFTER)

    def resting(self) -> Self:
        """Not to be taken now: in a worker's hands, in the pause after a failure, or given up for today or for good."""
        stopped = Q(attempts__gte=settings.MAX_ATTEMPTS) | Q(lease_until__gt=Now())
        return self.filter(stopped).exclude(pk__in=self.of_another_day())


class InsightAttempt(models.Model):
    """Goes with what was to be written. What stays was begun by a worker that was killed, or `error` says why."""

    class Work(models.TextChoices):
        INSIGHT = "insight"
        RISKS = "risks"

    call = models.ForeignKey(Call, models.CASCADE, related_name="insight_attempts")
    work = models.CharField(max_length=16, choices=Work)
    input_hash = models.CharField(max_length=64, blank=True, help_text="Of what an insight is made from.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Begun and not ended, at this input.")
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    begun_at = models.DateTimeField(db_default=Now(), help_text="The first of these attempts.")

    objects = InsightAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["call", "work"], name="one_attempt_row_per_work")]

    def __str__(self) -> str:
        return f"{self.work} of {self.call}"

    @property
    def is_given_up(self) -> bool:
        return self.attempts >= settings.MAX_ATTEMPTS


Work = InsightAttempt.Work


def at(call_id: int, work: str, input_hash: str = "") -> InsightAttemptQuerySet:
    return InsightAttempt.objects.filter(call=call_id, work=work, input_hash=input_hash)


def begun(call_id: int, work: str, input_hash: str = "") -> bool:
    """False: the call is gone, another worker is at it, or it was tried too often. Another input begins anew."""
    hand_back()
    with transaction.atomic():
        return bool(Call.objects.staying([call_id])) and taken(call_id, work, input_hash)


def taken(call_id: int, work: str, input_hash: str) -> bool:
    mine, _ = InsightAttempt.objects.get_or_create(call_id=call_id, work=work, defaults={"input_hash": input_hash})
    row = InsightAttempt.objects.filter(pk=mine.pk)
    if mine.input_hash != input_hash or row.of_another_day().exists():
        row.update(input_hash=input_hash, attempts=0, lease_until=None, error="", begun_at=Now())
        mine.attempts = 0
    free = row.free().filter(attempts__lt=settings.MAX_ATTEMPTS)
    if not free.update(attempts=F("attempts") + 1, lease_until=leases.lease(), error=""):
        return False
    if not mine.error:
        leases.say_again(f"{work} of call {call_id}", mine.attempts + 1)
    return True


def prolong(mine: InsightAttemptQuerySet) -> None:
    mine.filter(lease_until__gt=Now(), error="").update(lease_until=leases.lease())


@contextmanager
def noted(mine: InsightAttemptQuerySet) -> Iterator[None]:
    """Around work that was begun: an error is worth another attempt after a pause. It is told by its class alone,
    since the rest may quote the call. What a database that went away has ended is no attempt."""
    try:
        yield
    except Exception as error:  # whatever it is, the attempt says so, and it goes on its way
        if isinstance(error, Error) and is_outage(error):
            owe(mine)
        else:
            failed(mine, f"{RAISED}{type(error).__name__}.", F("attempts"))
        raise


def failed(mine: InsightAttemptQuerySet, error: str, attempts: int | Combinable) -> None:
    """Worth another attempt after a pause, if `attempts` leaves one."""
    mine.update(error=error, attempts=attempts, lease_until=Now() + PAUSE)


def give_up() -> None:
    """Says of each once that nobody tries it any more."""
    for attempt in InsightAttempt.objects.given_up().filter(error="").select_related("call"):
        if InsightAttempt.objects.given_up().filter(pk=attempt.pk, error="").update(error=GAVE_UP):
            log.error("%s is given up after %s attempts. %s", attempt, attempt.attempts, GAVE_UP)


def send_again(attempts: InsightAttemptQuerySet) -> int:
    """As if nobody had ever tried; what a worker has in its hands is left alone."""
    from predictions.tasks import find_risks, write_insight  # noqa: PLC0415  # the tasks' module imports this one

    waiting = list((attempts.given_up() | attempts.exclude(error="")).values_list("pk", "work", "call"))
    InsightAttempt.objects.filter(pk__in=[pk for pk, _, _ in waiting]).delete()
    for _, work, call_id in waiting:
        (write_insight if work == Work.INSIGHT else find_risks).delay_on_commit(call_id)
    return len(waiting)
