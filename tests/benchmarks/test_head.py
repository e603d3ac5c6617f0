"""A new head over vectors that are there."""

from dataclasses import replace

import pytest

from mltraining.ml.classifier import FACTS, TEXT, WORDS
from mltraining.ml.embedding import encode
from tests.benchmarks.conftest import counting
from tests.benchmarks.timing import by_turns, seconds

pytestmark = pytest.mark.benchmark


class NoEncoder:
    """In place of the encoder: reading anything is an error."""

    def encode(self, windows, *pause):
        raise AssertionError(f"{len(windows)} windows were read again")


@pytest.mark.parametrize(
    ("parts", "goal", "what"),
    [
        ((TEXT,), {"at_least": 10_000}, "A new head over stored vectors"),
        ((TEXT, WORDS, FACTS), {}, "The same, when words and facts count, too"),
    ],
)
def test_a_new_head_over_stored_vectors(table, model, learned, sized, parts, goal, what):
    encoded = encode(model.encoder, learned, model.config)
    times = sized(25)
    examples, vectors = learned * times, encoded * times
    head = replace(model, encoder=NoEncoder(), head=replace(model.head, calibration=counting(parts)))
    [rate] = by_turns(lambda: len(examples) / seconds(lambda: head.predict_proba(examples, vectors)), rounds=7)
    note = f"{rate}; {len(examples):,} calls, nothing encoded"
    table.add(what, rate.median, "calls/s", note=note, **goal)
