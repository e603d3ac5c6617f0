"""Redis tells whoever follows a running call that there is something new; what it is stands in Postgres.

A word that is lost, as while Redis restarts, costs those who wait a second or two.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings

log = logging.getLogger(__name__)

CHANNEL = "salesconv:live:"
SECONDS_UNTIL_RETRY = 1


@cache
def client() -> redis.Redis:
    return redis.Redis.from_url(settings.CACHE_URL, socket_timeout=2, socket_connect_timeout=2)


def wake(pk: int) -> None:
    try:
        client().publish(f"{CHANNEL}{pk}", "")
    except redis.RedisError:
        log.warning("Nobody could be woken for the live call %s; they look by themselves", pk, exc_info=True)


class Bell:
    """One for each event loop: however many wait, one connection to Redis hears for them."""

    def __init__(self) -> None:
        self.waiting: dict[int, set[asyncio.Event]] = {}
        self.task: asyncio.Task[None] | None = None
        self.is_heard = False  # while it is not, those who wait had better look by themselves

    @contextmanager
    def listening(self, pk: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever there may be something new in the call."""
        rung = asyncio.Event()
        self.waiting.setdefault(pk, set()).add(rung)
        self.task = self.task or asyncio.create_task(self.listen())
        try:
            yield rung
        finally:
            self.waiting[pk].discard(rung)
            self.waiting = {pk: some for pk, some in self.waiting.items() if some}
            if self.task and not self.waiting:
                self.task.cancel()
                self.task = None

    async def listen(self) -> None:
        while True:
            try:
                await self.subscribe()
            except redis.RedisError:
                log.warning("Redis does not tell of live calls; streams look by themselves", exc_info=True)
            finally:
                self.is_heard = False
            await asyncio.sleep(SECONDS_UNTIL_RETRY)

    async def subscribe(self) -> None:
        async with redis.asyncio.Redis.from_url(settings.CACHE_URL) as client, client.pubsub() as channel:
            await channel.psubscribe(f"{CHANNEL}*")
            self.is_heard = True
            self.ring(*self.waiting)  # for what came before anybody listened
            async for message in channel.listen():
                if message["type"] == "pmessage":
                    self.ring(int(message["channel"].rsplit(b":", 1)[1]))

    def ring(self, *calls: int) -> None:
        for pk in calls:
            for rung in self.waiting.get(pk, ()):
                rung.set()


bells: WeakKeyDictionary[asyncio.AbstractEventLoop, Bell] = WeakKeyDictionary()


def bell() -> Bell:
    return bells.setdefault(asyncio.get_running_loop(), Bell())
