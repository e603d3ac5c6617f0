import dataclasses

import numpy as np
import pytest

from mltraining.ml.baselines import BASELINES, labels_of
from mltraining.ml.config import TrainConfig
from mltraining.ml.metrics import auc, brier
from mltraining.ml.split import groups_of
from tests.mltraining.ml.conversations import conversations

CONFIG = TrainConfig()


def predicted(name, train, test):
    return BASELINES[name](train, test, groups_of(train), CONFIG).probabilities


def test_the_base_rate_is_the_share_of_the_training_rows():
    train = conversations(100, share=0.3)
    said = predicted("base_rate", train, conversations(5))
    assert said.tolist() == [labels_of(train).mean()] * 5


def test_words_tell_and_length_does_not():
    train, test = conversations(200), conversations(150, seed=1)
    labels = labels_of(test)
    assert auc(labels, predicted("bag_of_words", train, test)) > 0.75
    assert brier(labels, predicted("bag_of_words", train, test)) < brier(labels, predicted("base_rate", train, test))


def test_metadata_only_reads_no_word():
    train, test = conversations(80), conversations(10, seed=1)
    silent = [dataclasses.replace(call, turns=(), statistics=np.zeros((0, 2))) for call in test]
    assert (predicted("metadata_only", train, test) == predicted("metadata_only", train, silent)).all()


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.1])
@pytest.mark.parametrize("turns", [0, 4])
def test_every_baseline_takes_one_class_and_calls_without_words(name, share, turns):
    train = conversations(30, share=share, turns=turns)
    said = predicted(name, train, conversations(4, turns=turns))
    assert ((said > 0) & (said < 1)).all()
