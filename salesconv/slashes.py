"""An address without its last slash."""

from django.http import HttpRequest
from django.middleware.common import CommonMiddleware


class SlashForReaders(CommonMiddleware):
    """Sends on only those who read: whoever follows with a POST would come there as a GET, without the body."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)
