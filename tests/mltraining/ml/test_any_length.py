"""A call of three hours is learned from and scored whole: what is said anywhere in it counts."""

from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Turn
from mltraining.ml.pipeline import train
from tests.mltraining.ml.conversations import AGAINST, FOR, conversation, conversations

TURNS, WORDS = 3_500, 30_000


def long_call(said="", place=0, number=0, label=None):
    turns = [
        Turn("rep" if turn % 2 else "customer", f"let me share screen {turn} and look at it") for turn in range(TURNS)
    ]
    turns[place] = Turn("customer", said)
    counts = np.cumsum([len(turn.text.split()) for turn in turns])
    statistics = np.stack([np.arange(1, TURNS + 1), counts], axis=1).astype(float)
    call = conversation(number, label, np.random.default_rng(number), turns=0)
    return replace(call, turns=tuple(turns), statistics=statistics)


@pytest.fixture(scope="module")
def trained(tiny_bert):
    long = [long_call(*said, number) for number, said in enumerate([(FOR[0], 9), (AGAINST[0], 2_000)], start=900)]
    calls = [replace(call, label=number % 2) for number, call in enumerate(long, start=1)]
    config = TrainConfig(encoder=str(tiny_bert), tune="full", steps=2, bootstraps=50, device="cpu", evaluation_folds=2)
    return train([*conversations(120), *calls], config, progress=lambda *told: None)


@pytest.mark.parametrize("place", [0, 1_749, 3_499])
def test_a_sentence_anywhere_in_three_hours_moves_the_score_and_is_named(trained, place):
    calls = [long_call(FOR[1], place), long_call(AGAINST[1], place)]
    assert calls[0].words >= WORDS

    won, lost = trained.model.score(calls)

    assert won.probability > lost.probability
    turns = [reason for reason in won.reasons if reason.kind == "turn"]
    assert max(turns, key=lambda reason: reason.contribution).turn == place
    assert len(won.curve) == TURNS
