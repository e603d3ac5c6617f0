"""What the time is for all machines alike: leases, terms and what is due go by the clock of the database.

In SQL that is `Now()`; this is for what is compared or kept in Python.
"""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def earlier() -> datetime:
    """The earlier one of this machine's clock and the database's: files of a disk carry the time of the machine that
    wrote them, and none of them must look old because a clock is fast."""
    return min(timezone.now(), now())
