"""Who asks."""

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from calls.models import User


def asker(request: Request) -> User:
    """The person or service account behind a request."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
