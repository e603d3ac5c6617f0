"""Where two calls in a hundred are won, training works and probabilities stay what they say."""

from itertools import islice

import numpy as np
import pytest

from mltraining.ml.baselines import labels_of
from mltraining.ml.batches import balanced_batches
from mltraining.ml.config import TrainConfig
from mltraining.ml.pipeline import train
from tests.mltraining.ml.conversations import conversations

CALLS = conversations(2_200, seed=1, share=0.02, turns=4)
FRESH = conversations(2_200, seed=2, share=0.02, turns=4)


@pytest.fixture(scope="module")
def trained():
    fast = {"steps": 20, "bootstraps": 50, "evaluation_folds": 2, "inner_folds": 3}
    return train(CALLS, TrainConfig(encoder="hashing", tune="projection", **fast), progress=lambda *told: None)


def test_every_batch_holds_won_calls():
    labels = labels_of(CALLS)
    batches = balanced_batches(labels, 16, np.random.default_rng(0))
    assert {int(labels[batch].sum()) for batch in islice(batches, 200)} == {16}


def test_the_won_calls_are_found(trained):
    rows = {row["name"]: row for row in trained.report["rows"]}
    assert rows[trained.report["chosen"]]["auc"] > 0.75


def test_probabilities_of_new_calls_stay_calibrated(trained):
    said, labels = trained.model.predict_proba(FRESH), labels_of(FRESH)
    assert said.mean() == pytest.approx(labels.mean(), abs=0.006)
    likely = said > 0.1
    assert said[likely].mean() == pytest.approx(labels[likely].mean(), abs=0.1)
