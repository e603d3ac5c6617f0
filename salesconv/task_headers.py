"""What each task's message tells besides its task: when it was sent."""

import time
from typing import Any

from celery.signals import before_task_publish

SENT_AT = "sent_at"  # seconds since 1970, by the sender's clock


@before_task_publish.connect
def note_time(headers: dict[str, Any], **_: object) -> None:
    headers.setdefault(SENT_AT, time.time())
