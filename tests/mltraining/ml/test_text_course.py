"""What the text says along a call, window by window projected, is what whole pooled prefixes and rests say."""

import operator
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml import text_course
from mltraining.ml.embedding import Encoded, pooled_all, text_view
from mltraining.ml.linear import LinearScore
from mltraining.ml.pooling import BLOCKS
from mltraining.ml.projection import Projection
from mltraining.ml.text_course import TextCourse
from mltraining.ml.windows import Window

D, E = 6, 4
A_TURN = st.tuples(st.sampled_from(["rep", "customer", "other"]), st.integers(0, 3))  # who spoke, in how many windows
CALLS = st.lists(A_TURN, min_size=1, max_size=9)


def read(turns, seed):
    """A call with vectors of unit length, and what reads it, all at random."""
    generator = np.random.default_rng(seed)
    windows = tuple(Window(k, k, role, "word") for k, (role, pieces) in enumerate(turns) for _ in range(pieces))
    vectors = generator.normal(size=(len(windows), D)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    projection = Projection(generator.normal(size=(E, len(BLOCKS) * D)).astype(np.float32), np.ones(E, np.float32))
    score = LinearScore(generator.normal(size=len(BLOCKS) * D + E), 0.3)
    return Encoded(windows, vectors), projection, score


def of_those(encoded, keep):
    rows = [row for row, window in enumerate(encoded.windows) if keep(window.last_turn)]
    return replace(encoded, windows=tuple(encoded.windows[row] for row in rows), vectors=encoded.vectors[rows])


def whole(calls, projection, score):
    return score(text_view(pooled_all(calls), projection))


@pytest.mark.parametrize(("way", "stays"), [("after", operator.le), ("without", operator.ne)])
@given(CALLS, st.integers(0, 99), st.integers(1, 5))
def test_after_or_without_each_turn_it_says_what_the_prefix_or_the_rest_says(way, stays, turns, seed, at_once):
    encoded, projection, score = read(turns, seed)
    what_stays = [of_those(encoded, lambda turn, k=k: stays(turn, k)) for k in range(len(turns))]
    with mock.patch.object(text_course, "AT_ONCE", at_once):
        found = getattr(TextCourse(encoded, projection, score), way)(np.arange(len(turns)))
    np.testing.assert_allclose(found, whole(what_stays, projection, score), atol=1e-5)


@given(CALLS, st.integers(0, 99), st.integers(1, 5))
def test_in_parts_it_says_the_same_as_at_once(turns, seed, at_once):
    encoded, projection, score = read(turns, seed)
    pauses, every = [], np.arange(len(turns))
    with mock.patch.object(text_course, "AT_ONCE", at_once):
        course = TextCourse(encoded, projection, score, lambda: pauses.append(1))
        found = [course.after(every), course.without(every)]
    course = TextCourse(encoded, projection, score)
    np.testing.assert_allclose(found, [course.after(every), course.without(every)], atol=1e-6)
    assert len(pauses) == -(-len(encoded.windows) // at_once) + 2 * -(-len(turns) // at_once)
