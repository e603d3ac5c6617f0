from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml import faithfulness
from mltraining.ml.classifier import fit_head
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import encode, pooled_all, text_view
from mltraining.ml.evaluate import Rows, evaluate
from mltraining.ml.example import Example, Turn
from mltraining.ml.explain import turn_contributions
from mltraining.ml.faithfulness import SIDES, ReasonCheck, cause_hits, planned
from mltraining.ml.hashing_encoder import HashingEncoder
from mltraining.ml.linear import log_odds_of
from mltraining.ml.metrics import wilson
from mltraining.ml.model import ConversionModel
from mltraining.ml.split import Fold, grouped_folds, groups_of
from mltraining.ml.tuning import untuned

CONFIG = TrainConfig(encoder="hashing", calibration="sigmoid", bootstraps=50)
SMALL_TALK = ("the weather", "a screen", "some coffee", "our office", "the holidays", "a train", "lunch", "a phone")


def decided_by_a_word(number, turns=12):
    """One turn says what will happen; it is the only one that tells."""
    generator = np.random.default_rng(number)
    said = [f"we talk of {generator.choice(SMALL_TALK)}" for _ in range(turns)]
    said[generator.integers(turns)] = "splendid" if number % 2 else "terrible"
    turn_list = tuple(Turn("rep" if place % 2 else "customer", text) for place, text in enumerate(said))
    return Example(id=str(number), turns=turn_list, label=number % 2, group=str(number))


def without(calls):
    def shorten(row, gone):
        return replace(calls[row], turns=tuple(t for place, t in enumerate(calls[row].turns) if place not in gone))

    return shorten


def checked(calls, contributions=turn_contributions):
    groups = groups_of(calls)
    labels = np.array([call.label for call in calls])
    folds = grouped_folds(labels, groups, 2, 0)
    check = ReasonCheck(calls, without(calls), folds, CONFIG, contributions)
    evaluate(Rows(calls, groups, CONFIG), folds, encoder=HashingEncoder(), progress=lambda *told: None, probe=check)
    telling = {
        row: frozenset(place for place, turn in enumerate(call.turns) if " " not in turn.text)
        for row, call in enumerate(calls)
    }
    return check.report(groups, telling)


@pytest.fixture(scope="module")
def calls():
    return [decided_by_a_word(number) for number in range(100)]


def test_what_decides_is_named_and_moves_more_than_random_turns(calls):
    found = checked(calls)
    assert found["n"] == found["long_enough"] == 100
    assert min(found[side]["share"] for side in ("for", "against")) > 0.9
    assert found["for"]["top"] > found["for"]["random"]
    assert found["causes"]["ours"] > 0.95
    assert found["causes"]["random"] == pytest.approx(3 / 12)
    assert found["causes"]["low"] > 2


def test_shuffled_contributions_name_no_better_turns_than_chance(calls):
    generator = np.random.default_rng(1)
    found = checked(calls, lambda *given: generator.permutation(turn_contributions(*given)))
    shares = [found[side]["share"] for side in ("for", "against")]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.15)
    assert found["causes"]["ratio"] == pytest.approx(1, abs=0.5)


class Remembering(HashingEncoder):
    """A window's vector also holds what was said before it."""

    def encode(self, windows, *pause):
        read = [replace(window, text=" ".join((*window.before, window.text))) for window in windows]
        return super().encode(read, *pause)


def test_what_is_left_is_read_as_if_the_turns_had_never_been_there(calls):
    config = replace(CONFIG, context_tokens=40)
    tuning = untuned(Remembering(), encode(Remembering(), calls, config))
    text = text_view(pooled_all(tuning.encoded), tuning.projection)
    head = fit_head(calls, text, groups_of(calls), config).head
    check = ReasonCheck(calls, without(calls), [Fold(np.arange(5, len(calls)), np.arange(5))], config)
    check(np.arange(5), tuning, head)
    model = ConversionModel(Remembering(), tuning.projection, head, config)
    assert check.checked
    for call in check.checked:
        for side, sign in SIDES.items():
            if side in call.deletions.top:
                left = without(calls)(call.deletions.row, call.deletions.top[side])
                whole, less = map(log_odds_of, model.predict_proba([calls[call.deletions.row], left]))
                assert call.moved[side][0] == pytest.approx(sign * (whole - less), abs=1e-4)


def test_short_conversations_do_not_count():
    found = checked([decided_by_a_word(number, turns=7) for number in range(40)])
    assert (found["n"], found["long_enough"], found["for"]["n"], found["causes"]) == (0, 0, 0, None)
    assert np.isnan(found["for"]["share"])


def test_no_more_conversations_are_read_again_than_set(calls, monkeypatch):
    monkeypatch.setattr(faithfulness, "MOST", 30)
    found = checked(calls)
    assert (found["n"], found["long_enough"]) == (30, 100)


def test_a_side_with_fewer_turns_loses_as_many_random_ones():
    plan = planned(0, np.array([0.3, -0.1, 0.2, 0, 0, 0, 0, 0]), seed=0)
    assert plan.top == {"for": {0, 2}, "against": {1}}
    assert {len(turns) for turns in plan.random["for"]} == {2}
    assert {len(turns) for turns in plan.random["against"]} == {1}
    assert plan.strongest == {0, 1, 2}


def test_a_side_without_a_turn_is_not_judged_but_counted():
    plan = planned(0, np.full(8, 0.1), seed=0)
    assert set(plan.top) == {"for"}
    counts = faithfulness.moved_more("against", [faithfulness.Checked(plan, {"for": (1.0, 0.5)})])
    assert (counts["n"], counts["no_turn"]) == (0, 1)


def test_a_tie_is_no_success():
    plan = planned(0, np.full(8, 0.1), seed=0)
    assert faithfulness.moved_more("for", [faithfulness.Checked(plan, {"for": (0.0, 0.0)})])["share"] == 0


def test_the_chance_of_random_turns_is_exact():
    plan = planned(0, np.array([3.0, 2.0, 1.0, 0, 0, 0, 0, 0]), seed=0)
    hits = cause_hits([faithfulness.Checked(plan, {})], np.zeros(1, dtype=int), {0: frozenset({0, 7, 99})}, 50, 0)
    assert hits["ours"] == 1
    assert hits["random"] == pytest.approx(1 - (6 * 5 * 4) / (8 * 7 * 6))
    assert (hits["turns"]["ours"], hits["turns"]["random"]) == pytest.approx((1 / 3, 2 / 8))


def test_the_interval_of_a_share_is_wilsons():
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    assert wilson(10, 10) == pytest.approx((0.722, 1), abs=0.001)
