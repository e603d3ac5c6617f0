"""Probabilities go as far as calls tell: where some outcomes nothing foretells, no further."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.bounds import Bounds, fit_between, fit_bounds, likely_bounds
from mltraining.ml.calibration import fit_calibration, told_bounds
from mltraining.ml.linear import sigmoid
from mltraining.ml.metrics import brier

NONE = Bounds()


def outcomes(rows, bounds=NONE, seed=0, spread=3.0):
    """Scores (rows,), and outcomes that follow them between the bounds."""
    generator = np.random.default_rng(seed)
    said = generator.normal(size=rows) * spread
    return said, (generator.random(rows) < bounds(sigmoid(said))).astype(int)


def test_bounds_are_found_where_there_are_some():
    found = fit_bounds(*outcomes(3000, Bounds(0.15, 0.93)))
    assert (found.low, found.high) == pytest.approx((0.15, 0.93), abs=0.04)


def test_where_scores_tell_everything_there_are_none():
    found = fit_bounds(*outcomes(1000))
    assert found.low < 0.02
    assert found.high > 0.98


def test_few_rows_speak_for_nearly_none():
    for seed in range(5):
        found = fit_bounds(*outcomes(40, seed=seed))
        assert found.low < 0.1
        assert found.high > 0.9


def test_a_bound_never_reaches_beyond_the_base_rate():
    said, labels = outcomes(400, Bounds(0.0, 0.04))
    assert fit_bounds(said, labels).low < labels.mean()


def test_a_line_between_bounds_is_found_again():
    bounds = Bounds(0.2, 0.9)
    said, labels = outcomes(5000, bounds)
    line = fit_between(said[:, None] / 2, labels, bounds)
    assert line.weights[0] == pytest.approx(2, abs=0.3)
    assert line.bias == pytest.approx(0, abs=0.2)


def test_scores_that_tell_more_than_those_that_told_the_bounds_come_nearer_to_certainty():
    told = Bounds(0.3, 0.7)
    assert likely_bounds(*outcomes(400, NONE, spread=10.0), told).low < 0.1
    assert likely_bounds(*outcomes(400, told, spread=10.0), told).low > 0.2


def test_a_calibration_with_bounds_promises_less_at_its_ends():
    (said, labels), (fresh, truth) = (outcomes(800, Bounds(0.15, 1.0), seed) for seed in (1, 2))
    fitted = fit_calibration({"text": said}, labels, np.arange(800), method="sigmoid")
    fitted_to_all = fit_between(said[:, None], labels, NONE)
    assert fitted.bounds.low > 0.08
    assert brier(truth, fitted.probabilities(fitted.log_odds({"text": fresh}))) < brier(
        truth, sigmoid(fitted_to_all(fresh[:, None]))
    )


def test_a_free_curve_needs_no_bounds_but_leaves_them_to_running_calls():
    said, labels = outcomes(800, Bounds(0.15, 1.0))
    fitted = fit_calibration({"text": said}, labels, np.arange(800), method="isotonic")
    assert fitted.bounds.low > 0.08
    curve = fitted.probabilities(np.array([-9.0]))[0]
    assert curve == sigmoid(fitted.knots[0, 1])


def test_without_enough_of_both_outcomes_nothing_is_told():
    assert told_bounds({"words": np.arange(8.0)}, np.array([1] * 7 + [0])) == NONE
    assert told_bounds({}, np.array([0, 1] * 10)) == NONE


@given(st.floats(0, 0.4), st.floats(0, 0.4), st.floats(0, 1))
def test_part_of_the_way_lies_between(low, gap, share):
    whole, part = Bounds(low, 1 - gap), Bounds(low, 1 - gap).by(share)
    assert 0 <= part.low <= whole.low + 1e-12
    assert whole.high - 1e-12 <= part.high <= 1
