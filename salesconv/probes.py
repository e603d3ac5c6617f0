"""Answers /livez and /readyz before anything looks at the Host header: a probe asks by whatever address it knows."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from salesconv.health import livez, readyz

PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/livez": livez, "/readyz": readyz}


def answer_probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Stands first: the redirect to HTTPS would send a probe away, and ALLOWED_HOSTS would refuse it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return PROBES.get(request.path_info, get_response)(request)

    return middleware
