"""The WSGI entry point."""

import os
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

from salesconv import limits, tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesconv.settings")

limits.wait_for_locks_briefly()


class TextRequest(WSGIRequest):
    """A Content-Type may name a charset like "hex", at which Django stops before any error page could be made."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]  # the stubs do not know it
        except LookupError:
            self._encoding = None
            self.content_params = {}


tracing.start()
application = get_wsgi_application()
application.request_class = TextRequest
