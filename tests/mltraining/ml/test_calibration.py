import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.calibration import Calibration, chosen_threshold, fit_calibration
from mltraining.ml.config import TrainConfig
from mltraining.ml.linear import sigmoid
from mltraining.ml.metrics import brier


def scores(rows, seed=0, noise=1.0):
    generator = np.random.default_rng(seed)
    truth = generator.normal(size=rows) * 1.5
    labels = (generator.random(rows) < sigmoid(truth)).astype(int)
    return truth + noise * generator.normal(size=rows), labels


@given(st.integers(0, 30), st.sampled_from(["sigmoid", "isotonic"]))
def test_a_higher_score_never_gets_a_lower_probability(seed, method):
    said, labels = scores(80, seed)
    fitted = fit_calibration({"text": said}, labels, np.arange(80), method=method)
    along = fitted.probabilities(fitted.log_odds({"text": np.linspace(-9, 9, 50)}))
    assert (np.diff(along) >= -1e-12).all()
    assert ((along > 0) & (along < 1)).all()


def test_confidence_that_is_not_earned_is_taken_back():
    said, labels = scores(600)
    fitted = fit_calibration({"text": 5 * said}, labels, np.arange(600))
    assert brier(labels, fitted.probabilities(fitted.log_odds({"text": 5 * said}))) < brier(labels, sigmoid(5 * said))


def test_a_part_that_is_noise_does_no_harm():
    said, labels = scores(400)
    parts = {"text": said, "facts": np.random.default_rng(1).normal(size=400)}
    fitted = fit_calibration(parts, labels, np.arange(400))
    assert fitted.weight_of("text") > 0.2
    assert fitted.weight_of("facts") < 0.15 * fitted.weight_of("text") + 0.05


def test_two_views_are_better_than_one():
    first, labels = scores(500)
    generator = np.random.default_rng(5)
    second = first + generator.normal(size=500) * 0.0 + (labels - 0.5) * 2 + generator.normal(size=500)
    both = fit_calibration({"text": first, "facts": second - first}, labels, np.arange(500))
    assert set(both.parts) == {"text", "facts"}


def test_a_part_that_moves_little_beside_the_others_is_left_out():
    said, labels = scores(400)
    faint = 0.02 * scores(400)[0]
    assert fit_calibration({"text": said, "trees": faint}, labels, np.arange(400)).parts == ("text",)


def test_few_rows_leave_like_views_nearly_equal():
    said, labels = scores(40)
    twins = {name: said + 0.3 * np.random.default_rng(seed).normal(size=40) for seed, name in enumerate(("a", "b"))}
    first, second = fit_calibration(twins, labels, np.arange(40)).weights
    assert 0.5 < first / second < 2


def test_a_part_that_points_the_wrong_way_counts_nothing():
    said, labels = scores(300)
    fitted = fit_calibration({"text": -said}, labels, np.arange(300))
    assert fitted.weight_of("text") == 0


def test_without_enough_of_both_outcomes_there_is_only_the_base_rate():
    fitted = fit_calibration({"text": np.arange(20.0)}, np.array([1] * 18 + [0] * 2), np.arange(20))
    assert fitted.method == "base rate"
    assert fitted.probabilities(fitted.log_odds({"text": np.zeros(1)}))[0] == pytest.approx(18.5 / 21)


def test_a_free_curve_is_only_drawn_by_many_rows():
    said, labels = scores(300)
    assert fit_calibration({"text": said}, labels, np.arange(300)).method == "sigmoid"


def test_a_calibration_survives_json():
    said, labels = scores(100)
    fitted = fit_calibration({"text": said}, labels, np.arange(100), method="isotonic")
    again = Calibration.from_dict(json.loads(json.dumps(fitted.to_dict())))
    asked = {"text": np.linspace(-3, 3, 7)}
    assert (again.probabilities(again.log_odds(asked)) == fitted.probabilities(fitted.log_odds(asked))).all()


def test_the_threshold_follows_the_costs_when_asked():
    config = TrainConfig(threshold="cost", cost_false_positive=1.0, cost_false_negative=3.0)
    assert chosen_threshold(np.array([0, 1]), np.array([0.2, 0.7]), config) == 0.25
