"""Whoever gives wrong passwords again and again is locked out: one account from one address, for a while."""

import ipaddress
import logging
from typing import Any

from axes.utils import reset
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.throttling import BaseThrottle

log = logging.getLogger(__name__)


def address_of(request: HttpRequest) -> str | None:
    """As the API's rate knows it, by TRUSTED_PROXY_COUNT; None where there is none, as behind a socket file."""
    said = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # reads headers only, which any request has
    try:
        return str(ipaddress.ip_address(said or ""))
    except ValueError:
        return None


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The answer to somebody who is locked out, whatever password came with it."""
    log.warning("An account was given too many wrong passwords and is locked for the address they came from")
    wait = settings.AXES_COOLOFF_TIME
    page = render(request, "429.html", {"minutes": round(wait.total_seconds() / 60)}, status=429)
    page["Retry-After"] = f"{wait.total_seconds():.0f}"
    return page


def free(username: str) -> int:
    """Forgets the wrong passwords of an account, from every address; how many entries there were."""
    return int(reset(username=username))
