"""Which times a call or its outcome can have, wherever they are written."""

from datetime import date, datetime, time

from django.utils import timezone

FIRST_YEAR, LAST_YEAR = 1970, 2100
EXPECTED_YEARS = f"Expected a time in the years {FIRST_YEAR} to {LAST_YEAR}."


def is_possible(moment: date) -> bool:
    """Looks at the year as written: at the edges of the calendar a time cannot be moved to another zone."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def surely_over(day: date) -> datetime:
    """The end of a day that is told without a time, for only then was it surely known; but never later than now."""
    return min(timezone.make_aware(datetime.combine(day, time(23, 59, 59))), timezone.now())
