"""Words are counted by turn: a prefix and a call without a turn score as if they were calls of their own."""

from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml.example import Example
from mltraining.ml.linear import LinearScore
from mltraining.ml.words import TURNS_AT_ONCE, WordScore, WordSpace
from tests.mltraining.ml.conversations import conversation, conversations

CALLS = conversations(30)


@pytest.fixture(scope="module")
def score() -> WordScore:
    space = WordSpace.learn(CALLS)
    return WordScore(space, LinearScore(np.random.default_rng(0).normal(size=len(space.terms)), 0.3))


@pytest.fixture(scope="module")
def long_call() -> Example:
    return conversation(3, 1, np.random.default_rng(1), turns=TURNS_AT_ONCE + 7)


def test_along_a_call_each_prefix_scores_as_a_call(score, long_call):
    expected = score([long_call.prefix(turns + 1) for turns in range(len(long_call.turns))])
    np.testing.assert_allclose(score.along(long_call), expected, atol=1e-9)


def test_without_a_turn_the_rest_scores_as_a_call(score, long_call):
    turns = long_call.turns
    rests = [replace(long_call, turns=turns[:gone] + turns[gone + 1 :]) for gone in range(len(turns))]
    np.testing.assert_allclose(score.without(long_call), score(rests), atol=1e-9)


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
    assert score.along(Example(id="silent")).shape == score.without(Example(id="silent")).shape == (0,)


def test_saved_and_restored_it_says_the_same(score):
    again = WordScore.restore(list(score.space.terms), score.arrays("words"), "words")
    assert again is not None
    np.testing.assert_array_equal(again(CALLS), score(CALLS))
