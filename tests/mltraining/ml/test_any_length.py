"""A call of three hours is learned from and scored whole: what is said anywhere in it counts."""

from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import pooled_all, text_view
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


def trained_by(encoder, tune):
    long = [long_call(*said, number) for number, said in enumerate([(FOR[0], 9), (AGAINST[0], 2_000)], start=900)]
    calls = [replace(call, label=number % 2) for number, call in enumerate(long, start=1)]
    config = TrainConfig(encoder=encoder, tune=tune, steps=2, bootstraps=50, device="cpu", evaluation_folds=2)
    return train([*conversations(120), *calls], config, progress=lambda *told: None).model


@pytest.fixture(scope="module")
def tuned(tiny_bert):
    return trained_by(str(tiny_bert), "full")


@pytest.fixture(scope="module")
def reading_words():
    """An encoder that knows what is alike; a tiny one of random weights does not."""
    return trained_by("hashing", "none")


@pytest.mark.parametrize("place", [0, 1_749, 3_499])
def test_a_sentence_anywhere_in_three_hours_moves_the_score(tuned, place):
    calls = [long_call(FOR[1], place), long_call(AGAINST[1], place)]
    assert calls[0].words >= WORDS

    won, lost = tuned.score(calls)

    assert won.probability > lost.probability
    assert len(won.curve) == TURNS


@pytest.mark.parametrize("place", [0, 1_749, 3_499])
def test_a_sentence_anywhere_in_three_hours_is_named_among_the_reasons(reading_words, place):
    (won,) = reading_words.score([long_call(FOR[1], place)])
    assert place in {reason.turn for reason in won.reasons if reason.contribution > 0}


@pytest.mark.parametrize("place", [0, 1_749, 3_499])
def test_the_encoder_reads_it_wherever_it_is_said(reading_words, place):
    encoded = reading_words.encode([long_call(FOR[1], place), long_call(AGAINST[1], place)])
    won, lost = reading_words.head.text(text_view(pooled_all(encoded), reading_words.projection))
    assert reading_words.head.reads_text
    assert won > lost
