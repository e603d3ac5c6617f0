"""A store that does not answer now, or is full: whoever asked is told to come again, and the log what happened."""

import errno

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from kombu.exceptions import OperationalError as BrokerAway
from psycopg.errors import ReadOnlySqlTransaction
from redis.exceptions import RedisError

from calls.error_words import error_body

# Restarted, out of connections or disk space, a lock that was held for too long; the cache or the task queue away.
AWAY = (OperationalError, InterfaceError, RedisError, BrokerAway)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk, a quota, the longest file that is allowed
RETRY_SECONDS = 5


def is_away(error: BaseException | None) -> bool:
    if isinstance(error, InternalError):  # Django's word for a database that only reads at the moment, and for faults
        return isinstance(error.__cause__, ReadOnlySqlTransaction)
    return isinstance(error, AWAY) or (isinstance(error, OSError) and error.errno in FULL)


def unavailable(request: HttpRequest, *, as_json: bool) -> HttpResponse:
    """503 without a look at any store; Django has logged the error."""
    if as_json:
        hint = f"Send it again, unchanged, in {RETRY_SECONDS} seconds or later."
        answer: HttpResponse = JsonResponse(
            error_body("unavailable", "The server cannot do this now.", hint), status=503
        )
    else:
        answer = render(request, "503.html", status=503)
    answer["Retry-After"] = str(RETRY_SECONDS)
    return answer
