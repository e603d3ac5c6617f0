"""Calls while they run: what a turn costs late in a call, and whether the last score is that of the whole call."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice

import pytest

from mltraining.examples import example_from
from mltraining.ml.encoder import encoder_for
from mltraining.ml.model import ConversionModel
from predictions import serving
from predictions.live.arriving import append, finish
from predictions.live.hearing import Kept, hear
from predictions.live.models import LiveCall
from salesconv.celery import app
from tests.benchmarks.conftest import LEARNED_FROM
from tests.benchmarks.timing import Spread, ratio
from tests.predictions.live.lines import opened, sent

pytestmark = pytest.mark.benchmark
TURNS, EARLY, LATE, WIDTH = 310, 5, 300, 10


@pytest.fixture(autouse=True)
def nothing_kept(active) -> Iterator[None]:
    app.control.purge()
    yield
    Kept.followed.clear()
    app.control.purge()


def said(row: dict) -> list[tuple[str, str]]:
    return [(turn["speaker"], turn["text"]) for turn in row["turns"]]


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
        some = said(rows[LEARNED_FROM + round])
        repeated = cycle(some[: LATE - EARLY] if len(some) > LATE else some[: (LATE - EARLY) // 5])
        pairs.append(costs(opened(rep, f"long-{round}"), sent(list(islice(repeated, TURNS)))))
    early, late = (Spread(tuple(values)) for values in zip(*pairs, strict=True))
    beside = ratio(late, early)
    note = f"{beside}; {early.median * 1000:.1f} ms CPU around turn {EARLY}, {late.median * 1000:.1f} around {LATE}"
    table.add("Turn 300 beside turn 5", beside.median, at_most=1.2, note=note)


@pytest.fixture
def exact(model, active, monkeypatch) -> ConversionModel:
    """What serves, computing in float32."""
    exact = replace(model, encoder=encoder_for(model.config.encoder, device="cpu", precision="fp32"))
    monkeypatch.setattr(serving.Cached, "served", replace(serving.served(), model=exact))
    return exact


def test_the_last_live_score_is_that_of_the_whole_call(table, rows, rep, exact, sized):
    apart = []
    for number, row in enumerate(rows[LEARNED_FROM : LEARNED_FROM + sized(20)]):
        live = opened(rep, f"whole-{number}")
        for turn in sent(said(row)):
            append(live, [turn])
            hear(live.pk)
        call = finish(live, rep).call
        hear(live.pk)
        live.refresh_from_db()
        apart.append(abs(live.probability - exact.score([example_from(call)])[0].probability))
    table.add("Last live score and that of the whole call", max(apart), at_most=1e-4, note=f"{len(apart)} calls, fp32")
    assert max(apart) <= 1e-4
