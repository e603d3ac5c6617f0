"""What browsers are told to allow. The Content-Security-Policy of settings.py is loosened for the admin path only:
unfold's Alpine build evaluates expressions."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Answering = Callable[[HttpRequest], HttpResponse]

ADMIN_DIRECTIVES = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}
OURS = ("clipboard-write", "publickey-credentials-get", "publickey-credentials-create")  # copied links, security keys
NOBODYS = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation"),
    *("gyroscope", "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "usb", "xr-spatial-tracking"),
)
PERMISSIONS = ", ".join([f"{name}=(self)" for name in OURS] + [f"{name}=()" for name in NOBODYS])


def admin_content_policy(get_response: Answering) -> Answering:
    """Stands right after CSPMiddleware, which merges `_csp_update` into the header it writes."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_update = ADMIN_DIRECTIVES  # type: ignore[attr-defined]  # django-csp's documented hook
        return response

    return middleware


def permissions_policy(get_response: Answering) -> Answering:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Permissions-Policy"] = PERMISSIONS
        return response

    return middleware
