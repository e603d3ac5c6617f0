"""Every batch holds enough of each class, and everybody has a turn, however rare a class is."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.batches import balanced_batches, hardened, lazy_pairs, narrowed, pair_batches

LABELS = st.lists(st.integers(0, 1), min_size=2, max_size=60).filter(lambda labels: 0 < sum(labels) < len(labels))
SAMPLERS = [balanced_batches, pair_batches]


def drawn(sampler, labels, per_class, batches, seed=0):
    return list(islice(sampler(np.array(labels), per_class, np.random.default_rng(seed)), batches))


@pytest.mark.parametrize("sampler", SAMPLERS)
@given(LABELS, st.integers(2, 8), st.integers(0, 99))
def test_every_batch_has_at_least_k_of_each_class(sampler, labels, per_class, seed):
    for batch in drawn(sampler, labels, per_class, 5, seed):
        counts = np.bincount(np.array(labels)[batch], minlength=2)
        assert counts.min() >= per_class


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_two_percent_positives_are_in_every_batch_and_an_epoch_still_sees_everybody(sampler):
    labels = [1] * 10 + [0] * 490

    batches = drawn(sampler, labels, 16, 500 // 16 + 1)

    assert all(np.sum(np.array(labels)[batch] == 1) >= 16 for batch in batches)
    assert set(np.concatenate(batches)) == set(range(500))


@given(LABELS, st.integers(2, 8), st.integers(0, 99))
def test_nobody_comes_twice_in_a_batch_unless_the_class_is_too_small(labels, per_class, seed):
    for batch in drawn(balanced_batches, labels, per_class, 5, seed):
        for label in (0, 1):
            members = batch[np.array(labels)[batch] == label]
            assert len(set(members)) == min(per_class, labels.count(label))


@given(LABELS, st.integers(2, 8), st.integers(0, 99))
def test_members_of_a_class_come_equally_often(labels, per_class, seed):
    times = np.bincount(np.concatenate(drawn(balanced_batches, labels, per_class, 7, seed)), minlength=len(labels))

    assert all(np.ptp(times[np.array(labels) == label]) <= 2 for label in (0, 1))


def test_the_seed_decides():
    labels = [0, 1] * 30

    once, again, other = (drawn(balanced_batches, labels, 4, 3, seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)


@given(LABELS, st.integers(0, 99))
def test_pairs_are_like_and_unlike_in_turn(labels, seed):
    pairs = list(islice(lazy_pairs(np.array(labels), np.random.default_rng(seed)), 8))

    assert [labels[first] == labels[second] for first, second in pairs] == [True, False] * 4


def test_hard_negatives_are_the_nearest_of_the_other_class():
    labels = np.array([0, 0, 1, 1, 1, 1])
    seen = np.array([[1, 0], [1, 0], [-1, 0], [-1, 0], [0.9, 0.1], [0, 0]])

    hard = hardened(np.array([0, 1, 2, 3]), labels, seen, share=0.5)

    np.testing.assert_array_equal(hard, [0, 1, 2, 4])


def test_nothing_seen_yet_leaves_a_batch_as_it_is():
    batch = np.array([0, 2])

    np.testing.assert_array_equal(hardened(batch, np.array([0, 0, 1, 1]), np.zeros((4, 2)), share=1.0), batch)


def test_a_narrowed_batch_keeps_its_balance():
    labels = np.array([0, 0, 0, 1, 1, 1])

    np.testing.assert_array_equal(narrowed(np.arange(6), labels, 2), [0, 1, 3, 4])
