"""What becomes of a message that the task queue does not take: the row that asks for the work is enough."""

import logging
import time
from functools import partial
from typing import Any

from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

AWAY = (OperationalError, RedisError)  # it does not answer, or has no memory left
SECONDS_AFTER_FAILURE = 5  # in which nobody waits for it again


class Broker:
    """One per process. A class, so that what it remembers has a name."""

    ask_again_at = 0.0


class SweptTask(DjangoTask):
    """A task whose work is written down in a row: a lost message is sent again by a sweep.

    `delay` still raises, for those who wait for an answer.
    """

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        transaction.on_commit(partial(self.delay_or_leave, *args, **kwargs))

    def delay_or_leave(self, *args: Any, **kwargs: Any) -> None:
        """Raises nothing if the queue is away: what was committed must not be answered as a failure."""
        if time.monotonic() < Broker.ask_again_at:
            log.warning("%s%s is left to the next sweep: the task queue was away a moment ago", self.name, args)
            return
        try:
            self.delay(*args, **kwargs)
        except AWAY as error:
            Broker.ask_again_at = time.monotonic() + SECONDS_AFTER_FAILURE
            log.error("%s%s is left to the next sweep: the task queue took no message (%s)", self.name, args, error)
