"""Loosens the Content-Security-Policy for the admin path only: unfold's Alpine build evaluates expressions."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ADMIN_DIRECTIVES = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


def admin_content_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Stands right after CSPMiddleware, which merges `_csp_update` into the header it writes."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_update = ADMIN_DIRECTIVES  # type: ignore[attr-defined]  # django-csp's documented hook
        return response

    return middleware
