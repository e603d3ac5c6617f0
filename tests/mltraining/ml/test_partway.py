"""A probability partway is worth what it says, and the last one is that of the whole call."""

from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml.baselines import labels_of
from mltraining.ml.config import TrainConfig
from mltraining.ml.metrics import brier
from mltraining.ml.model import ConversionModel
from mltraining.ml.pipeline import train
from mltraining.ml.stage import StageCalibration
from tests.mltraining.ml.conversations import conversations

CONFIG = TrainConfig(encoder="hashing", tune="none", bootstraps=50, min_words=1)
FRESH = conversations(400, seed=3, share=0.8)


@pytest.fixture(scope="module")
def trained():
    return train(conversations(400, share=0.8), CONFIG, progress=lambda *told: None)


def after(trained, turns):
    return np.array([score.curve[turns - 1] for score in trained.model.score(FRESH)])


def test_before_anything_telling_is_said_a_call_is_as_likely_as_any(trained):
    said, labels = after(trained, 1), labels_of(FRESH)
    assert said.mean() == pytest.approx(labels.mean(), abs=0.07)
    assert brier(labels, said) < brier(labels, np.full(len(labels), labels.mean())) + 0.005


def test_more_heard_is_better_known(trained):
    labels = labels_of(FRESH)
    assert brier(labels, after(trained, 1)) > brier(labels, after(trained, 4)) > brier(labels, after(trained, 8)) - 0.01


def test_the_last_probability_along_a_call_is_the_calls(trained):
    for score in trained.model.score(FRESH[:20]):
        assert score.curve[-1] == pytest.approx(score.probability, abs=1e-9)


def test_a_stored_model_says_the_same_partway(trained, tmp_path):
    trained.model.save(tmp_path)
    again = ConversionModel.load(tmp_path).score(FRESH[:5])
    assert [score.curve for score in again] == [score.curve for score in trained.model.score(FRESH[:5])]


def test_what_speaks_for_a_call_never_counts_against_it(trained):
    stage = StageCalibration(slope=0.5, steepening=1.0, drift=0.2, bias=-0.1, centre=5.0)
    rising = stage.probabilities(np.linspace(-3, 3, 7), np.full(7, 1))
    assert (np.diff(rising) >= 0).all()


def test_a_running_call_says_nothing_before_enough_was_heard(trained):
    call, least = FRESH[0], FRESH[0].prefix(3).words
    stage = replace(trained.model.head.stage, least_words=least)
    model = replace(trained.model, head=replace(trained.model.head, stage=stage))
    curve = model.score([call])[0].curve
    assert curve[:2] == [None, None]
    assert None not in curve[2:]


def test_a_short_call_that_has_ended_is_told_all_the_same(trained):
    stage = replace(trained.model.head.stage, least_words=10_000)
    model = replace(trained.model, head=replace(trained.model.head, stage=stage))
    score = model.score(FRESH[:1])[0]
    assert set(score.curve[:-1]) == {None}
    assert score.curve[-1] == pytest.approx(score.probability)
