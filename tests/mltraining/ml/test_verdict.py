import numpy as np
import pytest

from mltraining.ml.metrics import FoldScores
from mltraining.ml.paired import Comparison, Difference, compare
from mltraining.ml.verdict import verdict

CLEARLY_BETTER = Difference(-0.05, -0.08, -0.02, 1.0)
EQUAL = Difference(0.0, -0.02, 0.02, 0.5)
CLEARLY_WORSE = Difference(0.05, 0.02, 0.08, 0.0)
UNKNOWN = Difference(np.nan, np.nan, np.nan, np.nan)


def comparison(gap):
    return Comparison(gap, gap, gap)


def judged(**changes):
    gaps = {"base_rate": CLEARLY_BETTER, "length_only": CLEARLY_BETTER, "bag_of_words": EQUAL, "generic_encoder": EQUAL}
    options = {"ece": 0.01, "ece_noise": 0.03, "bound": 0.02, "active": None}
    gaps |= {name: gap for name, gap in changes.items() if name in gaps}
    options |= {name: value for name, value in changes.items() if name in options}
    return verdict({name: comparison(gap) for name, gap in gaps.items()}, **options)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "ready"),
        ({"base_rate": EQUAL}, "not_ready"),
        ({"base_rate": UNKNOWN}, "not_ready"),
        ({"length_only": EQUAL}, "ok"),
        ({"bag_of_words": CLEARLY_WORSE}, "ok"),
        ({"bag_of_words": CLEARLY_BETTER}, "ready"),
        ({"generic_encoder": CLEARLY_WORSE}, "ok"),
        ({"ece": 0.04}, "ok"),
        ({"ece": 0.019, "ece_noise": 0.01}, "ready"),
        ({"ece": np.nan}, "ok"),
        ({"active": comparison(CLEARLY_WORSE)}, "ok"),
        ({"active": comparison(EQUAL)}, "ready"),
        ({"base_rate": CLEARLY_WORSE, "ece": 0.5}, "not_ready"),
    ],
)
def test_the_verdict(changes, state):
    assert judged(**changes).state == state


def test_each_reason_says_what_was_measured():
    texts = [reason.text for reason in judged(length_only=EQUAL).reasons]
    assert texts[0].startswith("Beats the base rate: Brier -0.0500")
    assert texts[1].startswith("Does not clearly beat length alone")


def fold(labels, said, start=0):
    index = np.arange(len(labels)) + start
    return FoldScores(index, labels, said, index)


def test_a_better_model_is_seen_to_be_better():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 400)
    good, poor = 0.2 + 0.6 * labels, 0.4 + 0.2 * generator.random(400)
    found = compare([fold(labels, good)], [fold(labels, poor)])
    assert found.brier.high < 0
    assert found.auc.low > 0
    assert found.brier.better == 1.0


def test_a_model_does_not_differ_from_itself():
    labels = np.array([0, 1] * 20)
    said = np.linspace(0, 1, 40)
    found = compare([fold(labels, said)], [fold(labels, said)])
    assert (found.brier.value, found.brier.low, found.brier.high) == (0, 0, 0)


def test_the_comparison_of_nothing_is_unknown():
    empty = fold(np.zeros(0, dtype=int), np.zeros(0))
    assert not compare([empty], [empty]).brier.is_known
