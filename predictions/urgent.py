"""What somebody waits for goes before what nobody waits for, in one process and with one model in memory.

A worker serves the urgent queue before the scoring queue. While it is at a long work, that work stops between two of
its parts and what has come to the urgent queue meanwhile is done first.
"""

import logging
import time

from celery import current_app, current_task
from kombu import Connection, Queue
from kombu.message import Message

from predictions.live import going_first

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.02
SECONDS_AFTER_FAILURE = 10  # before a broker that did not answer is asked again
DEEPEST = 2  # an urgent work that is long gives way, too; what is done meanwhile does not


class Way:
    """One per process. A class, so that what it remembers has a name."""

    broker: Connection | None = None
    queue: Queue | None = None  # bound to that connection
    depth = 0
    next_look = 0.0
    given = 0.0  # seconds


def give_way() -> None:
    """Does what waits at the urgent queue; an error in it is its own. Outside a worker there is nobody to do so."""
    if not current_task or Way.depth == DEEPEST or time.monotonic() < Way.next_look:
        return
    began, Way.depth, pause = time.perf_counter(), Way.depth + 1, SECONDS_BETWEEN_LOOKS
    broker = Way.broker = Way.broker or current_app.connection_for_read()
    try:
        while message := waiting(broker):
            do(message)
    except (*broker.connection_errors, *broker.channel_errors):
        log.warning("The urgent queue cannot be looked at", exc_info=True)
        Way.broker, Way.queue, pause = None, None, SECONDS_AFTER_FAILURE
    finally:
        Way.depth -= 1
        Way.given += 0 if Way.depth else time.perf_counter() - began
        Way.next_look = time.monotonic() + pause


def stand_back() -> None:
    """For what nobody waits for: gives way, and pauses while a turn of a running call is heard by another worker."""
    give_way()
    if current_task and not Way.depth:
        Way.given += going_first.pause()


def clock() -> float:
    """Seconds as they pass for the work at hand: those that it gave to others do not count."""
    return time.perf_counter() - Way.given


def waiting(broker: Connection) -> Message | None:
    if Way.queue is None:
        route = current_app.amqp.router.route({}, "predictions.tasks.encode_query")
        Way.queue = Queue(route["queue"].name)(broker.channel())
    return Way.queue.get(accept=current_app.conf.accept_content)


def do(message: Message) -> None:
    """As the worker itself would: acknowledged once it is done, so that a killed worker loses nothing."""
    task = current_app.tasks.get(message.headers["task"])
    if task is None:
        log.error("There is no task %s", message.headers["task"])
        message.reject()
        return
    args, kwargs, _ = message.decode()
    task.apply(args, kwargs, task_id=message.headers["id"], headers=message.headers)
    message.ack()
