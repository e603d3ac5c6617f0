"""A call that runs gets no number before held-out calls were told better than the base rate."""

import numpy as np
import pytest

from mltraining.ml.evidence import least_words

GENERATOR = np.random.default_rng(0)
WORDS = np.repeat(np.arange(1, 101), 20)
LABELS = GENERATOR.integers(0, 2, len(WORDS))


def told_from(least):
    """What is right from so many words on, and a guess before."""
    return np.where(least <= WORDS, 0.1 + 0.8 * LABELS, GENERATOR.uniform(0.3, 0.7, len(WORDS)))


@pytest.mark.parametrize("words", [21, 36])
def test_it_is_found_where_calls_begin_to_be_told(words):
    assert words - 5 <= least_words(WORDS, told_from(words), LABELS) <= words + 5


def test_calls_told_from_the_start_need_no_more_words():
    assert least_words(WORDS, told_from(1), LABELS) == 0


def test_a_model_that_never_tells_more_still_speaks_in_the_second_half():
    assert least_words(WORDS, np.full(len(WORDS), LABELS.mean()), LABELS) == WORDS[len(WORDS) // 2 - 1] + 1


def test_few_scores_say_nothing():
    assert least_words(WORDS[:50], np.full(50, 0.5), LABELS[:50]) == 0
