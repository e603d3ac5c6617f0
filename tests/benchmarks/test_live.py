"""Calls while they run: what a turn costs late in a call, how soon its event is there, and what streams hold."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import httpx
import pytest
from django.db import connection

from calls.delivery import Delivery
from calls.models import Token, User
from calls.tokens import Scope
from mltraining.examples import example_from
from mltraining.ml.encoder import encoder_for
from predictions import serving
from predictions.live.arriving import append, finish, open_call
from predictions.live.hearing import Kept, hear
from predictions.live.models import LiveCall
from salesconv.celery import app
from tests import factories
from tests.benchmarks.conftest import LEARNED_FROM
from tests.benchmarks.timing import Spread, percentile, ratio
from tests.faults.crew import Crew
from tests.real_server import serving as real_server

pytestmark = pytest.mark.benchmark
TURNS, EARLY, LATE, WIDTH = 310, 5, 300, 10
CALLS, SECONDS_BETWEEN, SECONDS = 10, 2.0, 60
STREAMS = 200


@pytest.fixture
def rep(transactional_db) -> User:
    return factories.user("rita", role=User.Role.REP, team=factories.team("North"))


@pytest.fixture(autouse=True)
def nothing_kept(active) -> Iterator[None]:
    app.control.purge()
    yield
    Kept.followed.clear()
    app.control.purge()


def sent(said: list[dict], first: int = 0) -> list[dict]:
    return [
        {"sequence": number, "speaker": turn["speaker"], "role": turn["speaker"], "text": turn["text"]}
        for number, turn in enumerate(said, first)
    ]


def opened(rep: User, name: str) -> LiveCall:
    return open_call(Delivery(external_id=name, customer={"external_id": "c-1"}), rep).live


def costs(live: LiveCall, turns: list[dict]) -> tuple[float, float]:
    """CPU seconds of the worker around the early and the late turn, which say the same."""
    spent = []
    for turn in turns:
        append(live, [turn])
        began = time.process_time()
        hear(live.pk)
        spent.append(time.process_time() - began)
    return sum(spent[EARLY : EARLY + WIDTH]) / WIDTH, sum(spent[LATE : LATE + WIDTH]) / WIDTH


def test_what_a_turn_costs_late_in_a_call(table, rows, rep, sized):
    pairs = []
    for round in range(sized(5)):
        some = rows[LEARNED_FROM + round]["turns"]
        said = list(islice(cycle(some[: LATE - EARLY] if len(some) > LATE else some[: (LATE - EARLY) // 5]), TURNS))
        pairs.append(costs(opened(rep, f"long-{round}"), sent(said)))
    early, late = (Spread(tuple(values)) for values in zip(*pairs, strict=True))
    beside = ratio(late, early)
    note = f"{beside}; {early.median * 1000:.1f} ms CPU around turn {EARLY}, {late.median * 1000:.1f} around {LATE}"
    table.add("Turn 300 beside turn 5", beside.median, at_most=1.2, note=note)


def test_how_far_the_last_live_score_is_from_that_of_the_whole_call(table, rows, rep, model, sized, monkeypatch):
    exact = replace(model, encoder=encoder_for(model.config.encoder, device="cpu", precision="fp32"))
    monkeypatch.setattr(serving.Cached, "served", replace(serving.served(), model=exact))
    apart = []
    for number, row in enumerate(rows[LEARNED_FROM : LEARNED_FROM + sized(20)]):
        live = opened(rep, f"whole-{number}")
        for turn in sent(row["turns"]):
            append(live, [turn])
            hear(live.pk)
        call = finish(live, rep).call
        hear(live.pk)
        live.refresh_from_db()
        apart.append(abs(live.probability - exact.score([example_from(call)])[0].probability))
    table.add("Last live score and that of the whole call", max(apart), at_most=1e-4, note=f"{len(apart)} calls, fp32")


@pytest.fixture
def server(rep, active, tmp_path: Path) -> Iterator[httpx.Client]:
    secret = Token.issue(rep, "a test", scopes=Scope.values)
    folders = {"MODELS_DIR": str(tmp_path / "models"), "SPOOL_DIR": str(tmp_path / "spool"), "API_RATE": "100000/min"}
    crew = Crew(tmp_path, **folders)
    crew.start("live")
    limits = httpx.Limits(max_connections=STREAMS + 50)
    with (
        real_server(tmp_path / "log", **folders) as url,
        httpx.Client(
            base_url=f"{url}/api/v1/", headers={"Authorization": f"Token {secret}"}, timeout=120, limits=limits
        ) as client,
    ):
        yield client
    crew.dismiss()


class Follower(threading.Thread):
    """Notes when the score of each turn came."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(daemon=True)
        self.response, self.came = response, {}
        self.start()

    def run(self) -> None:
        try:
            for line in self.response.iter_lines():
                if line.startswith("data: ") and "moved_by" in line:
                    for moved in json.loads(line.removeprefix("data: "))["moved_by"]:
                        self.came[moved["turn"]] = time.perf_counter()
        except httpx.TransportError:
            return


def talk(client: httpx.Client, live: LiveCall, turns: list[dict], began: float, sent_at: dict[int, float]) -> None:
    for turn in turns:
        time.sleep(max(0.0, began + turn["sequence"] * SECONDS_BETWEEN - time.perf_counter()))
        sent_at[turn["sequence"]] = time.perf_counter()
        client.post(f"live/{live.pk}/turns/", json={"turns": [turn]}).raise_for_status()


def test_how_soon_a_turn_is_heard(table, rows, rep, server):
    calls = [opened(rep, f"at-once-{number}") for number in range(CALLS)]
    count = int(SECONDS / SECONDS_BETWEEN)
    said = [sent((rows[LEARNED_FROM + number]["turns"] * 9)[:count]) for number in range(CALLS)]
    with ExitStack() as stack:
        streams = [stack.enter_context(server.stream("GET", f"live/{live.pk}/events/")) for live in calls]
        followers = [Follower(response) for response in streams]
        sent_at: list[dict[int, float]] = [{} for _ in calls]
        began = time.perf_counter()
        talkers = [
            threading.Thread(target=talk, args=(server, live, turns, began + 0.2 * number, sent_at[number]))
            for number, (live, turns) in enumerate(zip(calls, said, strict=True))
        ]
        for talker in talkers:
            talker.start()
        for talker in talkers:
            talker.join()
        time.sleep(3)
        late = sorted(
            follower.came.get(turn, time.perf_counter()) - at
            for follower, sent in zip(followers, sent_at, strict=True)
            for turn, at in sent.items()
            if turn >= 3  # by then the worker has loaded its model
        )
    note = (
        f"{len(late)} turns of {CALLS} calls; median {percentile(late, 0.5) * 1000:.0f} ms, at worst {late[-1]:.2f} s"
    )
    table.add("From a turn to its event, p95", percentile(late, 0.95) * 1000, "ms", at_most=150, note=note)


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_what_idle_streams_hold(table, rep, server):
    live = opened(rep, "idle")
    server.get(f"live/{live.pk}/")
    before = connections()
    with ExitStack() as stack:
        for _ in range(STREAMS):
            Follower(stack.enter_context(server.stream("GET", f"live/{live.pk}/events/")))
        time.sleep(5)
        seen = [connections() for _ in range(40) if not time.sleep(0.5)]
    note = f"{before} before, {min(seen)} to {max(seen)} in 20 seconds, looks of their heartbeats among them"
    table.add(f"Database connections for {STREAMS} idle streams", percentile(seen, 0.5) - before, at_most=0, note=note)
