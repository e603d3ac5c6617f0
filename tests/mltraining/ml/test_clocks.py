"""What tells the date of a call is no reason for its outcome."""

from dataclasses import replace

import numpy as np

from mltraining.ml import clocks
from mltraining.ml.clocks import steady
from mltraining.ml.features import FeatureSpace
from tests.mltraining.ml.conversations import conversations


def calls(count=200, ordered=True):
    """A rate that rises with time, and a plan that gives way to another; size and region know nothing of time."""
    return [
        replace(
            call,
            time=float(number) if ordered else 0.0,
            numbers={**call.numbers, "rate": 3 + number / 100},
            categories={**call.categories, "plan": "old" if number < count / 2 else "new"},
        )
        for number, call in enumerate(conversations(count))
    ]


def kept(examples):
    return {*steady(FeatureSpace.learn(examples), examples).names}


def test_clocks_are_left_out_and_named():
    examples = calls()
    space = steady(FeatureSpace.learn(examples), examples)
    assert {*FeatureSpace.learn(examples).names} - {*space.names} == {"rate", "plan"}
    assert clocks.note(space, examples)[0].endswith("how it went: rate, plan.")


def test_what_does_not_change_with_time_stays():
    assert {"size", "region"} <= kept(calls())
    assert clocks.note(FeatureSpace.learn(calls()), calls()) == []


def test_where_nothing_is_older_than_anything_all_stays():
    assert {"rate", "plan"} <= kept(calls(ordered=False))


def test_most_calls_may_be_of_the_newest_day():
    examples = [replace(call, time=min(call.time, 80.0), numbers={"rate": min(call.time, 80.0)}) for call in calls()]
    assert "rate" not in kept(examples)


def test_few_calls_are_alike_by_chance():
    assert {"rate", "plan"} <= kept(calls(count=60))


def test_a_space_without_features_reads_none_of_their_columns():
    examples = calls(60)
    space = FeatureSpace.learn(examples)
    less = space.without(["rate", "region"])
    assert less.matrix(examples).shape[1] == sum(name not in ("rate", "region") for name in space.columns)
    assert np.isin(less.columns, space.columns).all()
