"""Drift statistics: their signs, their limits, and what they do with nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import brier_score_loss, roc_auc_score

from predictions import drift, quality

SAMPLES = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=60)
VECTORS = st.lists(st.floats(-100, 100), min_size=3, max_size=3)


@given(SAMPLES, SAMPLES)
def test_psi_and_ks_are_never_negative_and_always_finite(old, new):
    assert 0 <= drift.psi(old, new) < np.inf
    assert 0 <= drift.ks(old, new) <= 1


@given(SAMPLES)
def test_a_sample_has_not_moved_from_itself(sample):
    assert drift.psi(sample, sample) == pytest.approx(0)
    assert drift.ks(sample, sample) == 0


@given(SAMPLES, SAMPLES)
def test_ks_knows_no_direction(old, new):
    assert drift.ks(old, new) == pytest.approx(drift.ks(new, old))


@given(VECTORS, VECTORS)
def test_centroid_distance_lies_between_same_and_opposite(old, new):
    assert 0 <= drift.centroid_distance(old, new) <= 2
    assert drift.centroid_distance(old, old) == pytest.approx(0)


def test_nothing_to_compare_is_no_drift():
    assert drift.psi([], [0.5]) == drift.psi([0.5], []) == drift.ks([], [0.5]) == 0
    assert drift.centroid_distance([1, 0], [1, 0, 0]) == drift.centroid_distance([0, 0], [1, 0]) == 0


@pytest.mark.parametrize("moved_to", [0.2, 0.8])
def test_a_constant_reference_sees_a_move_to_either_side(moved_to):
    assert drift.psi([0.5] * 100, [moved_to] * 100) > 1
    assert drift.ks([0.5] * 100, [moved_to] * 100) == 1


def test_a_real_shift_is_larger_than_noise():
    numbers = np.random.default_rng(0)
    reference = numbers.beta(2, 2, 1000)
    noise, shifted = numbers.beta(2, 2, 300), numbers.beta(4, 2, 300)
    for distance in (drift.psi, drift.ks):
        assert distance(reference, noise) < 0.1
        assert distance(reference, shifted) > 0.25


def test_ks_agrees_with_scipy():
    numbers = np.random.default_rng(1)
    old, new = numbers.normal(size=80).round(1), numbers.normal(0.3, size=50).round(1)
    assert drift.ks(old, new) == pytest.approx(ks_2samp(old, new).statistic)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=40))
def test_quality_agrees_with_scikit_learn(pairs):
    won, probability = np.array([w for w, _ in pairs]), np.array([p for _, p in pairs])
    assert quality.brier(won, probability) == pytest.approx(brier_score_loss(won, probability, labels=[False, True]))
    assert 0 <= quality.calibration_error(won, probability) <= 1
    if len(set(won)) == 1:
        assert quality.auc(won, probability) is None
    else:
        assert quality.auc(won, probability) == pytest.approx(roc_auc_score(won, probability))


def test_calibration_error_is_the_gap_between_said_and_seen():
    won = np.array([True] * 5 + [False] * 5)
    assert quality.calibration_error(won, np.full(10, 0.5), bins=1) == pytest.approx(0)
    assert quality.calibration_error(won, np.full(10, 0.9), bins=1) == pytest.approx(0.4)
