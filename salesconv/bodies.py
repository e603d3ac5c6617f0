"""Bodies of requests: they tell their length, are read as they are needed, and count only if they came whole."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from calls.error_words import error_body, speaks_json

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]


class CutOff(OSError):
    """The client went away in the middle of its body. Django makes an UnreadablePostError of it."""


def whole(receive: Receive) -> Receive:
    """For a reader that would take the client's going away for the body's end: half a file is not to be kept."""

    async def received() -> Message:  # the server may give a future; only a coroutine may be waited for from a thread
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CutOff("The client went away before all of the body had come.")
        return message

    return received


def dropped(receive: Receive) -> Receive:
    """For a reader that would store any body before it looks at the request; what it is told is that there is none."""
    is_told = False

    async def received() -> Message:
        nonlocal is_told
        if not is_told:
            is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return received


def length_asked(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answers 411 to a body in chunks of unknown number, which WSGI would take for an empty one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" not in request.headers:
            return get_response(request)
        if speaks_json(request):
            return JsonResponse(error_body("length_required", "The length of the body is not told."), status=411)
        return render(request, "411.html", status=411)

    return middleware
