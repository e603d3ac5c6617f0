"""Pooled vectors know who spoke and how it ended; prefixes and leaving out are the same thing done quicker."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mltraining.ml.pooling import BLOCKS, course, pool_batch, pooled, pooled_after, role_codes
from mltraining.ml.windows import Window

D = 3
NUMBERS = st.floats(-1, 1, width=32)


@st.composite
def conversations(draw, min_windows=0):
    """Vectors, windows, and the number of turns; some turns have no window, some have several."""
    a_turn = st.tuples(st.sampled_from(["rep", "customer", "other"]), st.integers(0, 3))
    turns = draw(st.lists(a_turn, min_size=1, max_size=7).filter(lambda found: sum(n for _, n in found) >= min_windows))
    windows = [Window(k, k, role, "word") for k, (role, pieces) in enumerate(turns) for _ in range(pieces)]
    return draw(arrays.arrays(np.float32, (len(windows), D), elements=NUMBERS)), windows, len(turns)


def kept(vectors, windows, keep):
    rows = [row for row, window in enumerate(windows) if keep(window)]
    return pooled(vectors[rows], [windows[row] for row in rows])


@given(conversations())
def test_a_course_after_each_turn_is_each_prefix_pooled(conversation):
    vectors, windows, turns = conversation
    expected = [kept(vectors, windows, lambda window, k=k: window.last_turn <= k) for k in range(turns)]

    np.testing.assert_allclose(pooled_after(vectors, windows, np.arange(turns)), expected, atol=1e-6)


@given(conversations())
def test_a_course_without_a_turn_is_the_rest_pooled(conversation):
    vectors, windows, turns = conversation
    expected = [kept(vectors, windows, lambda window, k=k: window.last_turn != k) for k in range(turns)]

    found = np.concatenate(course(vectors, windows).without(np.arange(turns)), axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@given(st.lists(conversations(min_windows=1), min_size=1, max_size=4))
def test_training_pools_as_scoring_does(batch):
    vectors = torch.from_numpy(np.concatenate([vectors for vectors, _, _ in batch]))
    owners = torch.tensor([row for row, (_, windows, _) in enumerate(batch) for _ in windows])
    roles = torch.tensor([code for _, windows, _ in batch for code in role_codes(windows)])

    found = pool_batch(vectors, owners, roles, len(batch)).numpy()

    np.testing.assert_allclose(found, [pooled(vectors, windows) for vectors, windows, _ in batch], atol=1e-6)


def test_each_block_is_what_it_says():
    windows = [Window(0, 0, "rep", "a"), Window(1, 1, "customer", "b"), Window(2, 2, "other", "c")]
    vectors = np.array([[1, 0], [0, 1], [3, 3]], dtype=np.float32)

    blocks = dict(zip(BLOCKS, pooled(vectors, windows).reshape(-1, 2).tolist(), strict=True))

    assert blocks["customer"] == blocks["before_last"] == [0, 1]
    assert blocks["rep"] == [1, 0]
    assert blocks["last"] == [3, 3]
    np.testing.assert_allclose(blocks["all"], [4 / 3**0.5, 4 / 3**0.5], rtol=1e-6)


def test_a_conversation_without_words_is_zero():
    nothing = np.zeros((0, D), dtype=np.float32)

    assert not pooled(nothing, []).any()
    assert not pooled_after(nothing, [], np.arange(2)).any()
    assert not np.any(course(nothing, []).without(np.arange(2)))
