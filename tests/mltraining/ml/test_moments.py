"""A moment holds every call that went on after so many words, as it stood then."""

import numpy as np

from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import Encoded, encode, pooled_all, text_view
from mltraining.ml.encoder import encoder_for
from mltraining.ml.moments import moments
from mltraining.ml.projection import Projection
from tests.mltraining.ml.conversations import conversations

CALLS = conversations(30)
ENCODER = encoder_for("hashing")
PROJECTION = Projection.untrained(ENCODER.dimension)
ENCODED = encode(ENCODER, CALLS, TrainConfig(encoder="hashing"))
FOUND = list(moments(CALLS, ENCODED, PROJECTION))


def test_calls_had_reached_the_words_and_had_more_to_come():
    for moment in FOUND:
        for row, call in zip(moment.rows, moment.calls, strict=True):
            assert call.words >= moment.words > call.prefix(len(call.turns) - 1).words
            assert len(call.turns) < len(CALLS[row].turns)


def test_no_call_that_went_on_is_missing():
    for moment in FOUND:
        went_on = [row for row, call in enumerate(CALLS) if call.prefix(len(call.turns) - 1).words >= moment.words]
        assert moment.rows.tolist() == went_on


def test_vectors_are_those_of_what_had_been_said():
    moment = FOUND[1]
    heard = [cut(ENCODED[row], len(call.turns)) for row, call in zip(moment.rows, moment.calls, strict=True)]
    assert np.allclose(moment.text, text_view(pooled_all(heard), PROJECTION), atol=1e-6)


def cut(call, turns):
    known = [window for window in call.windows if window.last_turn < turns]
    return Encoded(tuple(known), call.vectors[: len(known)])


def test_nothing_said_has_no_moments():
    assert list(moments([], [], PROJECTION)) == []
