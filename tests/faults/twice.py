"""The application for workers and beats each of whose messages is delivered twice."""

from typing import Any

from celery.utils import uuid

from salesconv.messages import SweptTask
from tests.faults.quick import app

__all__ = ["app"]  # what celery looks for
send = SweptTask.apply_async


def send_twice(task: SweptTask, *args: Any, **options: Any) -> Any:
    options.setdefault("task_id", uuid())
    send(task, *args, **options)
    return send(task, *args, **options)


SweptTask.apply_async = send_twice
