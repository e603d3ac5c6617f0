"""The application for a worker whose clock is wrong by SKEW_SECONDS of its environment."""

import os
import time
from datetime import datetime, timedelta

from django.utils import timezone
from kombu.transport import redis as queue

from tests.faults.quick import app

__all__ = ["app"]  # what celery looks for

SKEW = float(os.environ["SKEW_SECONDS"])
tell, tell_django = time.time, timezone.now


def seconds() -> float:
    return tell() + SKEW


def moment() -> datetime:
    return tell_django() + timedelta(seconds=SKEW)


time.time = queue.time = seconds
timezone.now = moment
