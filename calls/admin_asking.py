"""Actions of the admin that nobody can undo ask before they act, as deleting does."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


def asks_first(question: str, *, yes: str) -> Callable[[Action], Action]:
    """The action runs once its page, which says what follows and for which rows, was answered with `yes`."""

    def asking(act: Action) -> Action:
        @wraps(act)
        def action(desk: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            if "sure" in request.POST:
                return act(desk, request, rows)
            context = {**desk.admin_site.each_context(request), "title": yes, "question": question, "yes": yes}
            context |= {"rows": rows, "action": act.__name__, "chosen": ACTION_CHECKBOX_NAME, "opts": desk.opts}
            return TemplateResponse(request, "admin/ask_first.html", context)

        return action

    return asking
