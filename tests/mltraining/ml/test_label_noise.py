from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml.bounds import Bounds
from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Example
from mltraining.ml.label_noise import MOST, UNLIKELY, out_of_fold, suspects
from mltraining.ml.metrics import FoldScores
from mltraining.ml.pipeline import train
from tests.small_models import LOST, WON, example

WRONG = set(range(0, 180, 15))


def talks(count: int) -> list[Example]:
    """Every one says how it ended; the outcome of those in WRONG is recorded the other way round."""
    calls = []
    for number in range(count):
        label = number % 2
        said = [(role, f"{text} That is number {number}.") for role, text in (WON if label else LOST)]
        recorded = 1 - label if number in WRONG else label
        calls.append(replace(example(said, f"call {number}", recorded), time=float(number)))
    return calls


@pytest.mark.parametrize("comfortable", [200, 60], ids=["measured out of fold", "measured on the newest"])
def test_flipped_outcomes_are_found_and_little_else(comfortable):
    config = TrainConfig(encoder="hashing", tune="none", bootstraps=30, comfortable_per_class=comfortable)
    trained = train(talks(180), config, progress=lambda *told: None)
    found = {each.row for each in trained.suspects}
    assert len(found & WRONG) >= 0.8 * len(WRONG)
    assert len(found - WRONG) <= 2
    assert trained.report["label_noise"] == {"checked": 180, "suspects": len(found)}
    assert trained.report["protocol"] == ("newest" if comfortable == 60 else "out of fold by customer")


def said(labels: np.ndarray, sure: float) -> np.ndarray:
    """Probabilities that are right about each label, and as sure."""
    return np.where(labels == 1, sure, 1 - sure)


def test_the_most_doubtful_comes_first_with_what_speaks_against_it():
    labels = np.array([0, 1] * 20)
    probabilities = said(labels, 0.9)
    probabilities[[4, 7]] = [0.99, 0.03]  # a lost and a won one
    first, second = suspects(labels, probabilities)
    assert [(first.row, first.label, first.probability), (second.row, second.label)] == [(4, 0, 0.99), (7, 1)]
    assert first.quality == pytest.approx(0.01)


def test_a_bound_above_the_limit_of_doubt_leaves_doubtful_calls_doubtful():
    labels = np.array([0, 1] * 20)
    shares = said(labels, 0.9)
    shares[[4, 7]] = [0.99, 0.03]
    bounds = Bounds(0.25, 0.7)
    assert suspects(labels, bounds(shares)) == []
    first, second = suspects(labels, bounds(shares), bounds)
    assert [(first.row, first.label), (second.row, second.label)] == [(4, 0), (7, 1)]
    assert (first.probability, first.quality) == (pytest.approx(0.6955), pytest.approx(0.01))


def test_calls_of_which_no_honest_probability_is_known_are_no_suspects():
    labels = np.array([0, 1] * 20)
    probabilities = said(labels, 0.9)
    probabilities[4], probabilities[7] = 0.99, np.nan
    assert [each.row for each in suspects(labels, probabilities)] == [4]


def test_a_rare_outcome_alone_is_no_reason_for_doubt():
    labels = np.array([1] * 5 + [0] * 195)
    unable = np.random.default_rng(0).uniform(0.02, 0.03, 200)  # tells nothing apart
    assert suspects(labels, unable) == []


def test_one_outcome_alone_gives_no_suspects():
    assert suspects(np.ones(20), np.full(20, 0.01)) == []


def test_people_are_not_asked_more_than_they_can_read():
    labels = np.array([0, 1] * 2000)
    probabilities = said(labels, 0.95)
    probabilities[:400] = 1 - probabilities[:400]
    found = suspects(labels, probabilities)
    assert len(found) == MOST
    assert max(each.quality for each in found) < UNLIKELY


def test_tested_calls_go_by_their_test_and_others_by_what_was_held_out_of_them():
    tested = FoldScores(np.array([2]), np.array([1]), np.array([0.2]), np.array([2]))
    tuned, generic = np.array([np.nan, 0.3, 0.3]), np.array([0.4, 0.4, np.nan])
    np.testing.assert_array_equal(out_of_fold(3, [tested], tuned, generic), [0.4, 0.3, 0.2])
