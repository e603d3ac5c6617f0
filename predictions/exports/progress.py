"""How far an export is, for the person who waits for it: kept in the cache while rows are written.

A person has one at a time: each holds a thread of the web server as long as it is downloaded.
"""

from collections.abc import Iterator
from dataclasses import asdict
from time import time

from django.core.cache import cache

from calls.models import User
from calls.progress import Progress
from predictions.exports.lines import Row

ROWS_BETWEEN = 500
KEPT_SECONDS = 60  # after the last row that was written; an export that was broken off is forgotten


def key(user: User, name: str) -> str:
    return f"export:{user.pk}:{name}"


def of(user: User, name: str) -> Progress | None:
    found = cache.get(key(user, name))
    return Progress(**found) if found else None


def begin(user: User, name: str) -> bool:
    """False while another export of this person is written."""
    return cache.add(under_way_key(user), name, KEPT_SECONDS)


def under_way(user: User) -> str:
    """The name of the table that is written for this person, if any."""
    name: str = cache.get(under_way_key(user), "")
    return name


def under_way_key(user: User) -> str:
    return f"export:{user.pk}"


def noted(rows: Iterator[Row], total: int, user: User, name: str) -> Iterator[Row]:
    """The same rows; how many have been taken is noted now and then."""
    began_at, done = time(), 0

    def note(*, is_over: bool = False) -> None:
        cache.set(key(user, name), asdict(Progress(done, total, began_at, is_over)), KEPT_SECONDS)
        cache.touch(under_way_key(user), KEPT_SECONDS)

    try:
        note()
        for row in rows:
            yield row
            done += 1
            if done % ROWS_BETWEEN == 0:
                note()
        note(is_over=True)
    finally:  # also where the reader went away
        cache.delete(under_way_key(user))
