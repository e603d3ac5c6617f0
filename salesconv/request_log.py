"""One line for each answer, and an id that every line, task and training of the request carries."""

import logging
import re
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import bound_contextvars

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def log_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Stands behind probes and static files, which nobody wants to read of."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = id_of(request)
        with bound_contextvars(request_id=request_id):
            began = perf_counter()
            response = get_response(request)
            log.info("answered", extra=facts(request, response, (perf_counter() - began) * 1000))
        response.headers[HEADER] = request_id
        return response

    return middleware


def id_of(request: HttpRequest) -> str:
    """The proxy's, where there is one that is trusted; else a new one."""
    given = request.headers.get(HEADER, "") if settings.TRUSTED_PROXY_COUNT else ""
    return given if ID.fullmatch(given) else uuid4().hex


def facts(request: HttpRequest, response: HttpResponse, milliseconds: float) -> dict[str, object]:
    """The route instead of the address: a search's words and a customer's name are nobody's business here."""
    match = request.resolver_match
    numbers = {name: value for name, value in match.kwargs.items() if isinstance(value, int)} if match else {}
    return {
        "method": request.method,
        "route": match.route if match else None,
        "ids": numbers or None,
        "status": response.status_code,
        "milliseconds": round(milliseconds, 1),
        "user": user_of(request),
    }


def user_of(request: HttpRequest) -> int | None:
    """Of whom the answer was for, if that was asked for; asking now might cost a query, or fail."""
    user = getattr(request, "user", None)
    if type(user) is SimpleLazyObject:
        user = getattr(request, "_cached_user", None)
    return user.pk if user else None
