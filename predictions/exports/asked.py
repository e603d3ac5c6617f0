"""Whose export it is, and of which time: what every table narrows its rows by."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from calls.models import Call, CallQuerySet, User
from calls.moments import EXPECTED_YEARS, is_possible

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Asked:
    """`user` None is the machine's owner, at the command line, who may see everything."""

    user: User | None = None
    since: datetime | None = None  # of the start of calls, or of an event
    until: datetime | None = None  # not included

    def calls(self) -> CallQuerySet:
        """Readable ones: what was rejected has no words to take along."""
        calls = Call.objects.ready() if self.user is None else Call.objects.visible_to(self.user).ready()
        return calls.filter(**self.within("started_at")).order_by("pk")

    def within(self, field: str) -> dict[str, datetime]:
        limits = {f"{field}__gte": self.since, f"{field}__lt": self.until}
        return {name: limit for name, limit in limits.items() if limit is not None}

    @property
    def is_of_all(self) -> bool:
        return self.user is None or self.user.sees_all


def possible(day: date) -> None:
    """A validator: the edges of the calendar have no next day, and cannot be moved to another zone."""
    if not is_possible(day):
        raise ValidationError(EXPECTED_YEARS)


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    return start_of(day + timedelta(days=1))
