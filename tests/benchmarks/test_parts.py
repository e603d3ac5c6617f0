"""How long somebody waits for a part of bulk scoring to end: the longest of one very long call, in CPU seconds."""

import time

import numpy as np
import pytest

from mltraining.examples import examples_from
from mltraining.ml.embedding import Encoded, windows_for
from predictions import scoring, serving, urgent
from salesconv.celery import app
from tests.benchmarks.conftest import LEARNED_FROM
from tests.benchmarks.test_urgent import stored_call

pytestmark = pytest.mark.benchmark
TURNS = 10_000


@pytest.fixture
def parts(monkeypatch):
    """CPU seconds of this thread between each two moments at which scoring stands back."""
    took, last = [], [0.0]

    def stand_back() -> None:
        now = time.thread_time()
        took.append(now - last[0])
        last[0] = time.thread_time()

    monkeypatch.setattr(urgent, "stand_back", stand_back)
    last[0] = time.thread_time()
    yield took
    app.control.purge()


def read(model, call) -> Encoded:
    """What the encoder would make of it, the vectors of its first windows again and again: its batches are alike."""
    windows = windows_for(examples_from([call])[0], model.config)
    vectors = model.encoder.encode(windows[:200])
    return Encoded(tuple(windows), vectors[np.arange(len(windows)) % len(vectors)])


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_no_part_of_a_very_long_call_is_long(share, table, rows, sized, active, parts):
    call = stored_call(rows[LEARNED_FROM:], sized(TURNS * share))
    encoded = read(serving.served().model, call)
    urgent.stand_back()
    parts.clear()
    scoring.score([call.pk], {call.pk: encoded})
    urgent.stand_back()
    assert call.predictions.exists()
    note = f"{len(parts)} parts; first {parts[0]:.3f}, last {parts[-1]:.3f}, in all {sum(parts):.2f} s"
    longest = max(parts[1:-1])
    table.add(f"The longest part of a call of {call.turn_count:,} turns", longest, "CPU s", at_most=0.1, note=note)
    table.add("… or its reading and its rows", max(parts), "CPU s")
