"""The web server's entry point: what is streamed waits on the event loop, all else is answered by WSGI's threads."""

import gc
import os
import re

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesconv.settings")

from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application
from django.urls import resolve

from salesconv.bodies import dropped, whole
from salesconv.wsgi import application as wsgi_application

THREADS = 8
STREAMED = re.compile(r"/api/v1/live/[0-9]{1,18}/events/")

streaming: Any = get_asgi_application()  # the three packages have types of their own for the same things
answering: Any = WSGIMiddleware(wsgi_application, workers=THREADS)  # type: ignore[arg-type]  # as above


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http" and STREAMED.fullmatch(scope["path"]):
        await streaming(scope, dropped(receive), send)
    else:
        await answering(scope, whole(receive), send)


# What is loaded stays: the garbage collector need not walk through it again and again while somebody waits. Looking up
# an address loads the modules of all pages.
resolve("/")
gc.collect()
gc.freeze()
