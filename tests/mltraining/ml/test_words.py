"""Words are counted by turn: a prefix and a call without a turn score as if they were calls of their own."""

from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml import words
from mltraining.ml.example import Example, Turn
from mltraining.ml.linear import LinearScore
from mltraining.ml.words import WordScore, WordSpace
from tests.mltraining.ml.conversations import conversation, conversations

CALLS = conversations(30)


@pytest.fixture(scope="module")
def score() -> WordScore:
    space = WordSpace.learn(CALLS)
    return WordScore(space, LinearScore(np.random.default_rng(0).normal(size=len(space.terms)), 0.3))


@pytest.fixture(scope="module")
def long_call() -> Example:
    return conversation(3, 1, np.random.default_rng(1), turns=70)


def test_along_a_call_each_prefix_scores_as_a_call(score, long_call):
    expected = score([long_call.prefix(turns + 1) for turns in range(len(long_call.turns))])
    np.testing.assert_allclose(score.along(score.space.counts(long_call)), expected, atol=1e-9)


def test_what_a_turn_adds_is_the_call_less_the_rest_as_a_call(score, long_call):
    turns = long_call.turns
    rests = [replace(long_call, turns=turns[:gone] + turns[gone + 1 :]) for gone in range(len(turns))]
    expected = score([long_call]) - score(rests)
    np.testing.assert_allclose(score.added(score.space.counts(long_call)), expected, atol=1e-9)


def test_without_the_only_turn_of_known_words_the_bias_is_left(score, long_call):
    alone = replace(long_call, turns=(Turn("boss", "qwertz"), long_call.turns[0], Turn("boss", "")))
    found = score.added(score.space.counts(alone))
    assert found.tolist() == [0.0, pytest.approx(float(score([alone])[0]) - 0.3), 0.0]


def test_between_some_turns_and_the_next_there_is_a_pause(score, long_call, monkeypatch):
    monkeypatch.setattr(words, "TURNS_AT_ONCE", 20)
    pauses = []
    score.space.counts(long_call, lambda: pauses.append(1))
    assert len(pauses) == len(long_call.turns) // 20


def test_a_term_of_one_call_alone_does_not_count():
    calls = [replace(call, turns=call.turns[:1]) for call in CALLS]
    terms = WordSpace.learn([*calls, CALLS[0]]).terms
    assert "said_by_rep" in terms
    assert not {term for term in terms if "39" in term} & set(WordSpace.learn(CALLS[:1]).terms)
    assert not WordSpace.learn(CALLS[:1]).terms


def test_each_row_has_unit_length_or_is_empty():
    matrix = WordSpace.learn(CALLS).matrix([*CALLS, Example(id="silent")])
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    np.testing.assert_allclose(lengths, [1.0] * len(CALLS) + [0.0])


def test_a_call_of_unknown_words_gets_the_bias_alone(score):
    assert score([Example(id="silent")]) == pytest.approx([0.3])
    silent = score.space.counts(Example(id="silent"))
    assert score.along(silent).shape == score.added(silent).shape == (0,)


def test_saved_and_restored_it_says_the_same(score):
    again = WordScore.restore(list(score.space.terms), score.arrays("words"), "words")
    assert again is not None
    np.testing.assert_array_equal(again(CALLS), score(CALLS))
