"""The admin's page of how far people agree who answered for the same calls."""

from typing import Any

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from predictions.agreement import FEWEST_CALLS, pairs


@require_safe
def agreement_page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("calls.view_label"):
        raise PermissionDenied
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": "Agreement",
        "content_title": "Agreement",  # what the head of the page shows
        "pairs": pairs(request.user),  # type: ignore[arg-type]  # staff only
        "fewest": FEWEST_CALLS,
    }
    return TemplateResponse(request, "admin/calls/call/agreement.html", context)
