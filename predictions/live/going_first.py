"""While a turn of a running call is heard, bulk scoring on the same cores pauses between two of its parts.

Redis holds the word, for so short a time that a worker which died over it keeps nobody waiting.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep

import redis

from predictions.live.waking import client

log = logging.getLogger(__name__)

KEY = "salesconv:hearing"
MILLISECONDS_HELD = 1_000
LONGEST_PAUSE = 0.25  # seconds; then bulk scoring goes on to its next part, however much is said
SECONDS_BETWEEN_LOOKS = 0.005
SECONDS_AFTER_FAILURE = 10


class Asking:
    """One per process. A class, so that what it remembers has a name."""

    since = 0.0  # not before: Redis did not answer


@contextmanager
def going_first() -> Iterator[None]:
    with suppress(redis.RedisError):  # then nobody pauses
        client().set(KEY, "", px=MILLISECONDS_HELD)
    try:
        yield
    finally:
        with suppress(redis.RedisError):
            client().delete(KEY)


def pause() -> float:
    """As long as a turn is being heard, within limits; the seconds that it took."""
    began = monotonic()
    try:
        while Asking.since <= monotonic() < began + LONGEST_PAUSE and client().exists(KEY):
            sleep(SECONDS_BETWEEN_LOOKS)
    except redis.RedisError:
        log.warning("Whether a turn is being heard cannot be asked; nobody pauses for it", exc_info=True)
        Asking.since = monotonic() + SECONDS_AFTER_FAILURE
    return monotonic() - began
