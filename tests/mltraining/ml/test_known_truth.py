"""Simulated conversations tell how far a model is from the best possible."""

from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml.known_truth import known_truth
from mltraining.ml.metrics import FoldScores, auc, brier

ROWS = 4_000
OPTIONS = {"draws": 20, "seed": 0}


@pytest.fixture
def true():
    return np.random.default_rng(0).beta(2, 2, ROWS)


@pytest.fixture
def told(true):
    """Two folds of a model that knows the truth."""
    outcomes = (np.random.default_rng(1).random(ROWS) < true).astype(int)
    halves = np.array_split(np.random.default_rng(2).permutation(ROWS), 2)
    return [FoldScores(half, outcomes[half], true[half], half) for half in halves]


def test_the_best_possible_row_is_measured_like_every_other(true, told):
    row = known_truth({"ours": told}, true, true, **OPTIONS)["row"]
    assert row["name"] == "best_possible"
    assert row["n"] == ROWS
    assert row["auc"] == pytest.approx(np.mean([auc(fold.labels, true[fold.index]) for fold in told]))
    every = np.concatenate([fold.labels for fold in told]), np.concatenate([true[fold.index] for fold in told])
    assert row["brier"] == pytest.approx(brier(*every))


def test_who_says_the_truth_has_no_gap_and_who_says_too_much_has_that_much(true, told):
    bold = [replace(fold, probabilities=fold.probabilities + 0.2) for fold in told]
    found = known_truth({"ours": told, "bold": bold}, true, true, **OPTIONS)
    assert found["largest_gap"]["ours"] == pytest.approx(0)
    assert found["largest_gap"]["bold"] == pytest.approx(0.2)
    assert sum(point["count"] for point in found["bins"]["ours"]) == ROWS


def test_a_model_that_says_one_number_is_held_against_the_mean_truth(true, told):
    dull = [replace(fold, probabilities=np.full(len(fold.index), 0.5)) for fold in told]
    found = known_truth({"dull": dull}, true, true, **OPTIONS)
    assert {round(point["mean_true"], 9) for point in found["bins"]["dull"]} == {round(float(true.mean()), 9)}
