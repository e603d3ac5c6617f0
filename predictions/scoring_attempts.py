"""Which calls a version has begun to score: what a killed worker leaves behind, and what its model cannot take."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import Error, models
from django.db.models import F, Q
from django.db.models.functions import Now

from calls import leases
from calls.models import Call
from calls.outages import is_outage
from calls.people import User
from mltraining.models import ModelVersion
from predictions.handing_back import owe

log = logging.getLogger(__name__)

GAVE_UP = "Its worker was killed each time."
REFUSED = "The database refused what its score would have written: {name}."
SET_ASIDE_SECONDS = 3600  # before a call that the model could not take is tried again


class ScoringAttemptQuerySet(models.QuerySet["ScoringAttempt"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(call__in=Call.objects.visible_to(user))

    def of(self, version: ModelVersion, calls: Collection[int]) -> Self:
        return self.filter(version=version, call__in=calls)

    def given_up(self) -> Self:
        """Begun as often as is allowed, and never ended."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), attempts__gte=settings.MAX_ATTEMPTS)

    def set_aside(self) -> Self:
        """Given up, or tried again only after a while."""
        return self.given_up() | self.exclude(error="").filter(lease_until__gt=Now())

    def resting(self) -> Self:
        """Not to be taken now: set aside, or in a worker's hands."""
        return self.filter(Q(attempts__gte=settings.MAX_ATTEMPTS) | Q(lease_until__gt=Now()))


class ScoringAttempt(models.Model):
    """Goes with the score. What stays was begun by a worker that was killed, or failed in a way that `error` names."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="scoring_attempts")
    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="scoring_attempts")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Begun and not ended.")
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScoringAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["call", "version"], name="one_attempt_row_per_version")]

    def __str__(self) -> str:
        return f"{self.call} by {self.version}"

    @property
    def is_given_up(self) -> bool:
        return self.attempts >= settings.MAX_ATTEMPTS


def begin(version: ModelVersion, calls: Collection[int]) -> None:
    """Before the model sees them: whatever happens to this process, the next one knows."""
    rows = [ScoringAttempt(version=version, call_id=call_id) for call_id in calls]
    ScoringAttempt.objects.bulk_create(rows, ignore_conflicts=True)
    mine = ScoringAttempt.objects.of(version, calls)
    left = mine.filter(attempts__gt=0, error="", lease_until__lt=Now())  # not one that another worker has in its hands
    for call_id, attempts in left.values_list("call", "attempts"):
        leases.say_again(f"scoring call {call_id}", attempts + 1)
    mine.update(attempts=F("attempts") + 1, lease_until=leases.lease(), error="")


def prolong(version: ModelVersion, calls: Collection[int]) -> None:
    held = ScoringAttempt.objects.of(version, calls).filter(lease_until__gt=Now(), error="")
    held.update(lease_until=leases.lease())


def end(version: ModelVersion, calls: Collection[int]) -> None:
    """In the transaction that writes the scores."""
    ScoringAttempt.objects.of(version, calls).delete()


@contextmanager
def begun(version: ModelVersion, calls: Collection[int]) -> Iterator[None]:
    """Around the work that ends with a score. What a database that went away has ended is no attempt: neither calls nor
    model had a part in it."""
    begin(version, calls)
    try:
        yield
    except Error as error:
        if is_outage(error):
            owe(ScoringAttempt.objects.of(version, list(calls)))
        else:
            refused(version, calls, error)
        raise


def refused(version: ModelVersion, calls: Collection[int], error: Error) -> None:
    """Says so at each of them; its class alone, since the rest may quote the call."""
    said = REFUSED.format(name=type(error.__cause__ or error).__name__)
    ScoringAttempt.objects.of(version, calls).update(error=said, lease_until=Now())


def set_aside(version: ModelVersion, call_id: int, error: str) -> None:
    """The model could not take it: no attempt to count, and worth another one after a while."""
    later = Now() + timedelta(seconds=SET_ASIDE_SECONDS)
    said = f"The model could not take it: {error}."
    ScoringAttempt.objects.of(version, [call_id]).update(attempts=0, lease_until=later, error=said)


def give_up() -> None:
    """Says of each call once that nobody tries it any more."""
    for attempt in ScoringAttempt.objects.given_up().filter(error="").select_related("call", "version"):
        if ScoringAttempt.objects.given_up().filter(pk=attempt.pk, error="").update(error=GAVE_UP):
            log.error("%s is given up after %s attempts. %s", attempt, attempt.attempts, GAVE_UP)


def send_again(attempts: ScoringAttemptQuerySet) -> int:
    """As if nobody had ever tried; what a worker has in its hands is left alone."""
    from predictions.tasks import score_call  # noqa: PLC0415  # the task's module imports this one

    waiting = list((attempts.given_up() | attempts.exclude(error="")).values_list("pk", "call"))
    ScoringAttempt.objects.filter(pk__in=[pk for pk, _ in waiting]).delete()
    for _, call_id in waiting:
        score_call.delay_on_commit(call_id)
    return len(waiting)
