"""The number of unread notices that the header of every page shows."""

from typing import Any

from django.http import HttpRequest

from calls.comments import Notice


def of_visitor(request: HttpRequest) -> dict[str, Any]:
    """Counted when a template asks, so that fragments and the admin pay nothing."""
    return {"unread_notices": lambda: Notice.objects.visible_to(request.user).unread().count()}  # type: ignore[arg-type]
