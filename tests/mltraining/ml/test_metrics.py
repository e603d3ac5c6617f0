import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from mltraining.ml import metrics
from mltraining.ml.metrics import FoldScores

LABELS = np.array([0, 0, 1, 1, 0, 1])
SAID = np.array([0.1, 0.4, 0.35, 0.8, 0.4, 0.4])


def fold(labels, said, groups=None):
    labels = np.asarray(labels)
    groups = np.arange(len(labels)) if groups is None else groups
    return FoldScores(np.arange(len(labels)), labels, np.asarray(said, dtype=float), groups)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2, max_size=60))
def test_ranking_numbers_are_those_of_scikit_learn_ties_included(rows):
    labels, said = np.array([row[0] for row in rows]), np.array([row[1] / 8 for row in rows])
    if len(set(labels)) < 2:
        assert math.isnan(metrics.auc(labels, said))
        assert math.isnan(metrics.average_precision(labels, said))
        return
    assert metrics.auc(labels, said) == pytest.approx(roc_auc_score(labels, said))
    assert metrics.average_precision(labels, said) == pytest.approx(average_precision_score(labels, said))
    assert metrics.brier(labels, said) == pytest.approx(brier_score_loss(labels, said))


def test_the_calibration_error_is_the_mean_gap_of_bins_of_equal_mass():
    labels, said = np.array([0, 1, 1, 1]), np.array([0.1, 0.3, 0.7, 0.9])
    assert metrics.calibration_error(labels, said, bins=2) == pytest.approx((0.3 * 2 + 0.2 * 2) / 4)


def test_rows_with_one_probability_count_alike_in_any_order():
    said = np.full(40, 0.5)
    sorted_labels = np.repeat([0, 1], 20)
    assert metrics.calibration_error(sorted_labels, said) == pytest.approx(0.0)


def test_the_reliability_curve_is_what_the_calibration_error_is_made_of():
    generator = np.random.default_rng(2)
    said = generator.uniform(0, 1, 200).round(1)  # with ties
    labels = (generator.random(200) < said).astype(int)
    points = metrics.reliability(labels, said)
    assert (len(points), sum(point["count"] for point in points)) == (15, 200)
    gaps = [point["count"] * abs(point["mean_predicted"] - point["observed"]) for point in points]
    assert sum(gaps) / 200 == pytest.approx(metrics.calibration_error(labels, said))
    assert all(point["low"] <= point["observed"] <= point["high"] for point in points)


def test_fewer_rows_than_bins_make_fewer_points():
    assert [point["count"] for point in metrics.reliability(LABELS, SAID)] == [1] * 6
    assert metrics.reliability(np.zeros(0), np.zeros(0)) == []


def test_the_noise_of_calibration_bounds_a_perfectly_calibrated_model():
    generator = np.random.default_rng(1)
    said = generator.uniform(0.2, 0.9, 1170)
    noise = metrics.calibration_noise(said)
    errors = [metrics.calibration_error((generator.random(1170) < said).astype(int), said) for _ in range(200)]
    assert np.mean(np.array(errors) <= noise) == pytest.approx(0.95, abs=0.05)


def test_the_noise_of_calibration_shrinks_with_the_rows():
    said = np.random.default_rng(0).uniform(0.1, 0.9, 6000)
    assert metrics.calibration_noise(said) < metrics.calibration_noise(said[:600])


def test_the_best_threshold_has_the_best_f1_of_all():
    best = metrics.best_f1_threshold(LABELS, SAID)
    tried = [metrics.f1(LABELS, limit <= SAID) for limit in np.unique(SAID)]
    assert metrics.f1(LABELS, best <= SAID) == pytest.approx(max(tried))


def test_the_interval_holds_the_auc_and_narrows_with_the_rows():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 2000)
    said = np.clip(labels * 0.2 + generator.random(2000), 0, 1)
    low, high = metrics.auc_interval([fold(labels, said)])
    few_low, few_high = metrics.auc_interval([fold(labels[:100], said[:100])])
    assert low < metrics.auc(labels, said) < high
    assert high - low < few_high - few_low


def test_rows_of_one_group_count_as_one_draw():
    generator = np.random.default_rng(0)
    labels, said = generator.integers(0, 2, 60), generator.random(60)
    copied = [np.repeat(values, 10) for values in (labels, said, np.arange(60))]
    alone = np.diff(metrics.auc_interval([fold(labels, said)]))[0]
    grouped = np.diff(metrics.auc_interval([fold(*copied)]))[0]
    assert grouped == pytest.approx(alone, rel=0.2)


def test_of_one_class_there_is_no_interval():
    assert all(math.isnan(edge) for edge in metrics.auc_interval([fold([1, 1], [0.2, 0.3])]))


def test_resampled_once_with_equal_weights_gives_the_plain_auc():
    weights = np.ones((1, len(LABELS)), dtype=np.float32)
    assert metrics.resampled_auc(LABELS, SAID, weights)[0] == pytest.approx(metrics.auc(LABELS, SAID))
