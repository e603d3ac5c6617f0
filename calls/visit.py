"""The request that pages get: somebody is logged in, htmx may have asked, and a field may name a row."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from calls.models import User

LONGEST_KEY = 20  # digits; no row has so many, and Python reads no number of thousands


class Visit(HttpRequest):
    """For annotations; `login_required` and the htmx middleware make it true."""

    user: User
    htmx: HtmxDetails


def named_key(written: str) -> int | None:
    """The primary key that a field or an address names; None where it is no number. One too long is nobody's."""
    return int(written[:LONGEST_KEY]) if written.isdecimal() else None
