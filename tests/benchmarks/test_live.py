"""Calls while they run: what a turn costs late in a call."""

import time
from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from calls.delivery import Delivery
from calls.models import User
from predictions.live.arriving import append, open_call
from predictions.live.hearing import Kept, hear
from predictions.live.models import LiveCall
from salesconv.celery import app
from tests import factories
from tests.benchmarks.conftest import LEARNED_FROM
from tests.benchmarks.timing import Spread, ratio

pytestmark = pytest.mark.benchmark
TURNS, EARLY, LATE, WIDTH = 310, 5, 300, 10


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
