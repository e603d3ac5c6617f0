"""What each task's message tells besides its task: when it was sent, and for which request.

Log lines of a task carry its id, its name and that request's id.
"""

import logging.config
import time
from collections.abc import Mapping
from contextvars import Token
from typing import Any

from celery import Task
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun
from django.conf import settings
from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars

SENT_AT = "sent_at"  # seconds since 1970, by the sender's clock
REQUEST_ID = "request_id"
bound: dict[str, Mapping[str, Token[Any]]] = {}  # by task id: what the lines of this process said before


@setup_logging.connect
def keep_our_lines(**_: object) -> None:
    """Celery would put its own in the place of Django's."""
    logging.config.dictConfig(settings.LOGGING)


@before_task_publish.connect
def note_sender(headers: dict[str, Any], **_: object) -> None:
    headers.setdefault(SENT_AT, time.time())
    headers.setdefault(REQUEST_ID, get_contextvars().get(REQUEST_ID))


@task_prerun.connect
def begin(task_id: str, task: Task, **_: object) -> None:
    """A task may begin within another one, where somebody waits for it."""
    request_id = task.request.get(REQUEST_ID) or (task.request.headers or {}).get(REQUEST_ID)
    bound[task_id] = bind_contextvars(task_id=task_id, task=task.name, request_id=request_id)


@task_postrun.connect
def end(task_id: str, **_: object) -> None:
    reset_contextvars(**bound.pop(task_id, {}))
