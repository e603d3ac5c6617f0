"""What waits at the broker: how many tasks each queue holds, and for how long its oldest has waited."""

import json
import time
from dataclasses import dataclass

from salesconv.celery import app
from salesconv.queues import QUEUES
from salesconv.task_headers import SENT_AT

BROKER_SECONDS = 2
LATE_SECONDS = 900
PATIENT = {"gpu"}  # what waits there waits for a training to end, which may take hours


@dataclass(frozen=True)
class Waiting:
    count: int
    oldest_seconds: float  # 0 also where the oldest does not tell


def waiting_tasks() -> dict[str, Waiting]:
    """By queue; raises kombu's OperationalError or a RedisError where the broker does not answer."""
    with app.connection_for_read() as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
        pipeline = broker.default_channel.client.pipeline(transaction=False)
        for queue in QUEUES:
            pipeline.llen(queue).lindex(queue, -1)
        answers = iter(pipeline.execute())
    now = time.time()
    return {queue: Waiting(next(answers), age(next(answers), now)) for queue in QUEUES}


def age(message: bytes | None, now: float) -> float:
    """Seconds since a message was sent, as it lies in its queue."""
    sent = json.loads(message)["headers"].get(SENT_AT) if message else None
    return max(0.0, now - sent) if sent else 0.0


def complaints(waiting: dict[str, Waiting]) -> dict[str, str]:
    """A sentence for each queue that nobody seems to work off."""
    return {
        queue: f"{each.count} tasks wait, the oldest for {each.oldest_seconds:.0f} s: see whether its worker runs."
        for queue, each in waiting.items()
        if queue not in PATIENT and each.oldest_seconds > LATE_SECONDS
    }
