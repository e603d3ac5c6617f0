"""The request that pages get: somebody is logged in, and htmx may have asked."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from calls.models import User


class Visit(HttpRequest):
    """For annotations; `login_required` and the htmx middleware make it true."""

    user: User
    htmx: HtmxDetails
