"""A new head over vectors that are there."""

from dataclasses import replace

import pytest

from mltraining.ml.embedding import encode
from tests.benchmarks.timing import by_turns, seconds

pytestmark = pytest.mark.benchmark


class NoEncoder:
    """In place of the encoder: reading anything is an error."""

    def encode(self, windows):
        raise AssertionError(f"{len(windows)} windows were read again")


def test_a_new_head_over_stored_vectors(table, model, learned, sized):
    encoded = encode(model.encoder, learned, model.config)
    times = sized(12)
    examples, vectors = learned * times, encoded * times
    head = replace(model, encoder=NoEncoder())
    [rate] = by_turns(lambda: len(examples) / seconds(lambda: head.predict_proba(examples, vectors)), rounds=5)
    note = f"{rate}; {len(examples):,} calls, nothing encoded"
    table.add("A new head over stored vectors", rate.median, "calls/s", at_least=10_000, note=note)
