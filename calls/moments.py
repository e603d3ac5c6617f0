"""Which times a call or its outcome can have, wherever they are written."""

from datetime import datetime

FIRST_YEAR, LAST_YEAR = 1970, 2100
EXPECTED_YEARS = f"Expected a time in the years {FIRST_YEAR} to {LAST_YEAR}."


def is_possible(moment: datetime) -> bool:
    """Looks at the year as written: at the edges of the calendar a time cannot be moved to another zone."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR
