"""The newest outcomes give a calibration back that time has taken."""

import numpy as np
import pytest

from mltraining.ml.linear import sigmoid
from mltraining.ml.metrics import FoldScores, brier, calibration_error
from mltraining.ml.recalibration import line_by, recalibrated


def shifted(rows=2000, by=1.5, seed=0):
    """Scores that were right once; since then everything is likelier."""
    generator = np.random.default_rng(seed)
    said = generator.normal(size=rows)
    labels = (generator.random(rows) < sigmoid(said + by)).astype(int)
    return FoldScores(np.arange(rows), labels, sigmoid(said), np.arange(rows))


def test_a_shift_is_followed():
    before, after = shifted(), recalibrated(shifted())
    assert (
        calibration_error(after.labels, after.probabilities)
        < calibration_error(before.labels, before.probabilities) / 2
    )
    assert brier(after.labels, after.probabilities) < brier(before.labels, before.probabilities)


def test_no_row_is_judged_by_its_own_outcome_or_a_later_one():
    fold = shifted(400)
    turned = FoldScores(
        fold.index, np.where(fold.index < 200, fold.labels, 1 - fold.labels), fold.probabilities, fold.groups
    )
    assert (recalibrated(fold).probabilities[:200] == recalibrated(turned).probabilities[:200]).all()
    assert (recalibrated(fold).probabilities[220:] != recalibrated(turned).probabilities[220:]).any()


def test_where_nothing_shifted_little_changes():
    fold = shifted(by=0.0)
    assert brier(fold.labels, recalibrated(fold).probabilities) == pytest.approx(
        brier(fold.labels, fold.probabilities), abs=0.003
    )


def test_few_outcomes_or_one_kind_of_them_change_little():
    line = line_by(np.zeros(3), np.ones(3, dtype=int))
    assert line.weights[0] == pytest.approx(1, abs=0.01)
    assert 0 < line.bias < 1


def test_a_single_row_stays_as_it_was():
    fold = shifted(1)
    assert (recalibrated(fold).probabilities == fold.probabilities).all()
