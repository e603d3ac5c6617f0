"""Calls while they run, over HTTP: how soon the event of a turn is there, and what streams that wait hold."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import cycle, islice
from pathlib import Path

import httpx
import pytest
from django.db import connection

from calls.models import Token
from calls.tokens import Scope
from predictions.live.arriving import append
from predictions.live.models import LiveCall
from predictions.live.stream import MOST_CONNECTIONS
from tests.benchmarks.conftest import LEARNED_FROM
from tests.benchmarks.timing import percentile
from tests.faults.crew import soon
from tests.predictions.live.lines import opened, sent
from tests.real_server import serving as real_server

pytestmark = pytest.mark.benchmark
CALLS, TURNS, SECONDS_BETWEEN = 10, 30, 2.0
STREAMS, LOOKS = 200, 40
PATIENCE = 20  # seconds for the last events


@pytest.fixture
def web(rep, active, tmp_path: Path) -> Iterator[httpx.Client]:
    """The server of the Procfile."""
    headers = {"Authorization": f"Token {Token.issue(rep, 'a test', scopes=Scope.values)}"}
    limits = httpx.Limits(max_connections=STREAMS + 50)
    with (
        real_server(tmp_path / "web.log", API_RATE="1000000/min") as url,
        httpx.Client(base_url=f"{url}/api/v1/live/", headers=headers, timeout=120, limits=limits) as client,
    ):
        yield client


class Follower(threading.Thread):
    """Notes when the score of each turn came."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(daemon=True)
        self.response = response
        self.came: dict[int, float] = {}
        self.start()

    def run(self) -> None:
        with suppress(httpx.TransportError, httpx.StreamError):  # the stream may be closed first
            for line in self.response.iter_lines():
                if line.startswith("data: ") and "moved_by" in line:
                    self.note(json.loads(line.removeprefix("data: ")), time.perf_counter())

    def note(self, score: dict, now: float) -> None:
        self.came |= {moved["turn"]: now for moved in score["moved_by"]}


class Talker(threading.Thread):
    """Sends a turn every two seconds."""

    def __init__(self, web: httpx.Client, live: LiveCall, turns: list[dict], began: float) -> None:
        super().__init__()
        self.web, self.live, self.turns, self.began = web, live, turns, began
        self.sent: dict[int, float] = {}
        self.answered: list[float] = []
        self.start()

    def run(self) -> None:
        for number, turn in enumerate(self.turns):
            time.sleep(max(0.0, self.began + number * SECONDS_BETWEEN - time.perf_counter()))
            self.sent[number] = time.perf_counter()
            self.web.post(f"{self.live.pk}/turns/", json={"turns": [turn]}).raise_for_status()
            self.answered.append(time.perf_counter() - self.sent[number])


def talked(web: httpx.Client, calls: list[LiveCall], said: list[list[dict]]) -> list[float]:
    """Seconds from each turn to its event."""
    with ExitStack() as stack:
        followers = [Follower(stack.enter_context(web.stream("GET", f"{live.pk}/events/"))) for live in calls]
        began = time.perf_counter()
        shifts = [began + number * SECONDS_BETWEEN / len(calls) for number in range(len(calls))]
        talkers = [Talker(web, *each) for each in zip(calls, said, shifts, strict=True)]
        for talker in talkers:
            talker.join()
        soon(lambda: all(len(each.came) == len(said[0]) for each in followers), PATIENCE)
    return [
        follower.came[turn] - at
        for follower, talker in zip(followers, talkers, strict=True)
        for turn, at in talker.sent.items()
    ]


def test_how_soon_a_turn_is_heard(table, rows, rep, web, crew, sized):
    crew.start("live")
    calls = [opened(rep, f"at-once-{number}") for number in range(CALLS)]
    said = [
        sent(list(islice(cycle([(turn["speaker"], turn["text"]) for turn in row["turns"]]), sized(TURNS))))
        for row in rows[LEARNED_FROM : LEARNED_FROM + CALLS]
    ]
    first = opened(rep, "first")
    append(first, said[0][:1])
    soon(first.events.exists)  # the worker is there, and has loaded the model
    took = talked(web, calls, said)
    note = f"{len(took)} turns of {CALLS} calls at once; median {percentile(took, 0.5) * 1000:.0f} ms"
    table.add("From a turn to its event, p95", percentile(took, 0.95) * 1000, "ms", at_most=150, note=note)
    table.add("… at worst", max(took) * 1000, "ms")


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_what_streams_that_wait_hold(table, rep, web):
    live = opened(rep)
    web.get(f"{live.pk}/")
    before = connections()
    with ExitStack() as stack:
        for _ in range(STREAMS):
            Follower(stack.enter_context(web.stream("GET", f"{live.pk}/events/")))
        time.sleep(5)
        seen = [connections() for _ in range(LOOKS) if not time.sleep(0.5)]
    note = f"{before} before, {min(seen)} to {max(seen)} in {LOOKS} looks, heartbeats among them"
    table.add(f"Database connections for {STREAMS} streams", max(seen) - before, at_most=MOST_CONNECTIONS, note=note)
