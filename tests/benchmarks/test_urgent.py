"""Questions, asked of the only worker there is while it scores one very long call."""

import time

import numpy as np
import pytest

from calls.models import Call
from predictions import search
from predictions.tasks import score_call
from tests import factories
from tests.benchmarks.conftest import LEARNED_FROM
from tests.benchmarks.timing import seconds
from tests.faults.crew import soon

pytestmark = pytest.mark.benchmark
TURNS = 10_000


def stored_call(rows: list[dict], turns: int) -> Call:
    said = [(turn["speaker"], turn["text"]) for row in rows for turn in row["turns"]]
    return factories.call((said * (1 + turns // len(said)))[:turns])


def test_a_question_while_a_very_long_call_is_scored(table, rows, sized, crew, active):
    crew.start("urgent", "scoring")
    short, long = (stored_call(rows[LEARNED_FROM:], turns) for turns in (40, sized(TURNS)))
    score_call.delay(short.pk)
    soon(short.predictions.exists)  # the model is loaded

    def took(number: int) -> float:
        return seconds(lambda: search.query_vector(f"What does number {number} cost?", active))

    alone = [took(-number) for number in range(1, 11)]
    score_call.delay(long.pk)
    meanwhile = []
    while not long.predictions.exists():
        meanwhile.append(took(len(meanwhile)))
        time.sleep(0.3)
    note = f"{len(meanwhile)} asked while a call of {long.turn_count:,} turns is scored; alone {np.median(alone):.2f} s"
    table.add("A question during a long call", float(np.median(meanwhile)), "s", note=note)
    table.add("… at worst", max(meanwhile), "s", at_most=search.SECONDS_TO_ENCODE, note="search waits no longer")
