"""Leases on work: taken by the clock of the database, kept while the work goes on, and taken over when they run out."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from redis import RedisError

log = logging.getLogger(__name__)

RENEWALS_PER_LEASE = 4
MOST_LEASES = 60  # that one piece of work is kept; what takes longer hangs
GRACE_SECONDS = 5
TAKEN_UP_AGAIN = "%s is taken up again: attempt %s of %s. Whoever was at it was killed, or ended before it was done."


def lease(times: int = 1) -> Combinable:
    return Now() + timedelta(seconds=settings.LEASE_SECONDS * times)


@contextmanager
def kept(renew: Callable[[], object]) -> Iterator[None]:
    """Renews a lease several times before it runs out, until the block ends, or for MOST_LEASES; that of a killed
    process runs out.

    `renew` is called in a thread, on a database connection of its own. It must change nothing once the work was ended
    or taken over. In the block nothing locks rows that it writes.
    """
    over = threading.Event()
    keeper = threading.Thread(target=renew_until, args=(over, renew), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join(GRACE_SECONDS)


def renew_until(over: threading.Event, renew: Callable[[], object]) -> None:
    for _ in range(MOST_LEASES * RENEWALS_PER_LEASE):
        if over.wait(settings.LEASE_SECONDS / RENEWALS_PER_LEASE):
            return
        try:
            renew()
        except (Error, RedisError):  # a store that does not answer is no reason to give up yet
            log.exception("A lease could not be renewed")
        finally:
            connection.close()
    log.error("A lease is renewed no more: its work hangs, and another worker may take it up.")


def say_again(work: object, attempts: int, most: int | None = None) -> None:
    """A line in the log where this is not the first attempt; `work` is told without words of calls."""
    if attempts > 1:
        log.warning(TAKEN_UP_AGAIN, work, attempts, most or settings.MAX_ATTEMPTS)
