"""The events of a running call as server-sent events; however many wait, a few threads look for all of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from calls.models import Token, User
from predictions.live.models import LiveCall, LiveEvent
from predictions.live.waking import bell
from predictions.waiting import release_connection

HEARTBEAT_SECONDS = 15  # also until the permission is asked again; proxies close what is silent for a minute
UNHEARD_SECONDS = 1  # between two looks while Redis tells nothing
MOST_AT_ONCE = 500
BEGIN = "retry: 2000\n\n"  # milliseconds until a browser that was cut off comes again
ALIVE = ": still here\n\n"
MOST_CONNECTIONS = 4  # of a process, for all its streams together
LOOKERS = ThreadPoolExecutor(MOST_CONNECTIONS, thread_name_prefix="live-look")


@dataclass(frozen=True)
class Listener:
    """Who follows which call, since which event."""

    live: int
    user: int
    token: int | None

    def look(self, after: int) -> list[LiveEvent] | None:
        """What happened after that event; None where nothing will come any more: the end of the call was told, or this
        listener may not hear of it any more. Holds no connection."""
        try:
            return self.events(after)
        finally:
            release_connection()

    def look_again(self, after: int) -> list[LiveEvent] | None:
        """As `look`, by one of LOOKERS, which keeps its connection: to connect takes longer than to look."""
        try:
            return self.events(after)
        finally:
            connection.close_if_unusable_or_obsolete()

    def events(self, after: int) -> list[LiveEvent] | None:
        user = User.objects.select_related("team").filter(pk=self.user).first()
        live = LiveCall.objects.visible_to(user).filter(pk=self.live).first() if user else None
        usable = self.token is None or Token.objects.usable(timezone.now()).filter(pk=self.token).exists()
        if user is None or live is None or not usable:
            return None
        if live.events.filter(kind=LiveEvent.Kind.FINISHED, sequence__lte=after).exists():
            return None
        events = live.events.filter(sequence__gt=after)
        if live.conceals_score_from(user):
            events = events.exclude(kind__in=LiveEvent.TELLS_SCORE)
        return list(events[:MOST_AT_ONCE])


def stream(request: HttpRequest, listener: Listener, after: int) -> HttpResponseBase:
    """Goes on until the call has ended; 204, after which no browser comes again, where nothing follows that event.

    A server of WSGI alone tells what there is; a browser comes again by itself.
    """
    if listener.look(after) is None:
        return HttpResponse(status=204)
    goes_on = isinstance(request, ASGIRequest)
    content = followed(listener, after) if goes_on else told(listener, after)
    unbuffered = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(content, content_type="text/event-stream", headers=unbuffered)


def told(listener: Listener, after: int) -> Iterator[str]:
    yield BEGIN
    yield from map(written, listener.look(after) or ())


async def followed(listener: Listener, after: int) -> AsyncIterator[str]:
    loop, ringing = asyncio.get_running_loop(), bell()
    with ringing.listening(listener.live) as rung:
        yield BEGIN
        while True:
            rung.clear()
            events = await loop.run_in_executor(LOOKERS, listener.look_again, after)  # connections are the thread's own
            if events is None:
                return
            for event in events:
                yield written(event)
                after = event.sequence
                if event.kind == LiveEvent.Kind.FINISHED:
                    return
            if not events:
                yield ALIVE
            if len(events) < MOST_AT_ONCE:
                with suppress(TimeoutError):
                    await asyncio.wait_for(rung.wait(), HEARTBEAT_SECONDS if ringing.is_heard else UNHEARD_SECONDS)


def written(event: LiveEvent) -> str:
    return f"id: {event.sequence}\nevent: {event.kind}\ndata: {json.dumps(event.content)}\n\n"
