"""Events of a running call are streamed; a stream that waits holds nothing."""

import asyncio
import contextlib
import threading
import time
from contextlib import ExitStack

import httpx
import pytest
from django.db import connection

from calls.models import Token
from calls.tokens import Scope
from predictions.live import waking
from predictions.live.arriving import finish
from predictions.live.hearing import hear
from predictions.live.stream import MOST_CONNECTIONS
from tests import small_models
from tests.api_client import API, client_of
from tests.predictions.live.lines import WON, heard
from tests.real_server import serving as real_server

STREAMS = 20  # the benchmark opens 200


def ids_in(text: str) -> list[int]:
    return [int(line.removeprefix("id: ")) for line in text.splitlines() if line.startswith("id: ")]


@pytest.fixture
def told(live, rep, active):
    """What the stream tells at once; with `ended`, three events and the end."""
    heard(live, WON[:2])
    finish(live, rep)
    hear(live.pk)
    client = client_of(rep)

    def answer(query: str = "", **headers: str) -> str:
        response = client.get(f"{API}live/{live.pk}/events/{query}", headers=headers)
        assert response["Content-Type"] == "text/event-stream"
        return b"".join(response).decode()

    return answer


def test_every_event_is_told_from_the_beginning(told):
    text = told(Accept="text/event-stream")
    assert ids_in(text) == list(range(1, len(ids_in(text)) + 1))
    assert text.count("event: score") == 2
    assert text.endswith("\n\n")
    assert "event: finished" in text


def test_whoever_was_cut_off_goes_on_from_the_last_event(told):
    every = ids_in(told())
    assert ids_in(told("?after=1")) == every[1:]
    assert ids_in(told(**{"Last-Event-ID": "2"})) == every[2:]


def test_an_id_that_is_none_is_refused(live, rep):
    response = client_of(rep).get(f"{API}live/{live.pk}/events/", headers={"Last-Event-ID": "x"})
    assert response.status_code == 400


@pytest.fixture
def server(transactional_db, rep, tmp_path):
    """The address of the real server, and a client with a token."""
    small_models.version()
    secret = Token.issue(rep, "a test", scopes=Scope.values)
    with (
        real_server(tmp_path / "log") as url,
        httpx.Client(base_url=f"{url}{API}", headers={"Authorization": f"Token {secret}"}, timeout=30) as client,
    ):
        yield client


def lines_of(response: httpx.Response, into: list[str]) -> threading.Thread:
    def read() -> None:
        with contextlib.suppress(httpx.TransportError):  # the server may end first
            into.extend(response.iter_lines())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    return reader


def wait_until(found, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_what_happens_comes_by_itself_until_the_call_ends(server, live, rep):
    with server.stream("GET", f"live/{live.pk}/events/") as response:
        lines: list[str] = []
        reader = lines_of(response, lines)
        heard(live, WON)
        wait_until(lambda: "event: score" in lines)
        finish(live, rep)
        hear(live.pk)
        reader.join(20)
        assert not reader.is_alive()
        assert lines.index("event: finished") > lines.index("event: score")


@pytest.mark.parametrize("further", [0, 1])
def test_after_the_end_nothing_is_waited_for_and_no_browser_comes_again(server, live, rep, further):
    heard(live, WON)
    finish(live, rep)
    hear(live.pk)
    last = live.events.last().sequence
    assert server.get(f"live/{live.pk}/events/", params={"after": last + further}, timeout=5).status_code == 204


def test_a_stream_ends_when_its_token_does(server, live):
    with server.stream("GET", f"live/{live.pk}/events/") as response:
        reader = lines_of(response, [])
        Token.objects.update(revoked_at="2026-01-01T00:00:00Z")
        waking.wake(live.pk)
        reader.join(20)
        assert not reader.is_alive()


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_many_streams_hold_no_more_database_connections_than_a_few(server, live):
    server.get(f"live/{live.pk}/")
    most = connections() + MOST_CONNECTIONS
    with ExitStack() as stack:
        opened: list[list[str]] = [[] for _ in range(STREAMS)]
        for lines in opened:
            response = stack.enter_context(server.stream("GET", f"live/{live.pk}/events/"))
            lines_of(response, lines)
        wait_until(lambda: all(": still here" in lines for lines in opened))
        wait_until(lambda: connections() <= most)
        heard(live, WON)
        wait_until(lambda: all("event: score" in lines for lines in opened))
        wait_until(lambda: connections() <= most)


def test_whoever_waits_hears_of_their_own_call_alone():
    async def heard_by_each() -> list[bool]:
        bell = waking.bell()
        with bell.listening(1) as first, bell.listening(2) as second:
            while not bell.is_heard:
                await asyncio.sleep(0.01)
            first.clear()
            second.clear()
            await asyncio.to_thread(waking.wake, 1)
            await asyncio.wait_for(first.wait(), 10)
            return [first.is_set(), second.is_set()]

    assert asyncio.run(heard_by_each()) == [True, False]
