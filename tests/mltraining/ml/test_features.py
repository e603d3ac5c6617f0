import json

import numpy as np
import pytest

from mltraining.ml.example import Example, Turn
from mltraining.ml.features import FeatureSpace, value_of
from tests.mltraining.ml.conversations import conversations


def example(number=0, **fields):
    return Example(id=str(number), **fields)


def test_a_category_that_was_never_seen_lights_no_column():
    known = [example(n, categories={"region": region}) for n, region in enumerate(["north", "south"] * 5)]
    space = FeatureSpace.learn(known)
    assert space.matrix([example(categories={"region": "moon"})]).tolist() == [[0.0, 0.0]]
    assert space.matrix([example()]).tolist() == [[0.0, 0.0]]


def test_a_missing_number_is_marked_and_counts_as_the_mean():
    known = [example(n, numbers={"size": None if n == 0 else float(n)}) for n in range(6)]
    space = FeatureSpace.learn(known)
    assert space.matrix([example(numbers={"size": 3.0})])[0].tolist() == pytest.approx([0.0, 0.0])
    assert space.matrix([example()])[0].tolist() == [0.0, 1.0]


def test_rare_values_and_constant_numbers_teach_nothing():
    known = [example(n, numbers={"same": 1.0}, categories={"title": f"call {n}"}) for n in range(20)]
    assert FeatureSpace.learn(known).names == ()


def test_an_absurd_number_moves_no_further_than_training_could_teach():
    known = [example(n, numbers={"size": float(n)}) for n in range(10)]
    space = FeatureSpace.learn(known)
    assert space.matrix([example(numbers={"size": 1e300})])[0, 0] == 5.0
    assert np.isfinite(space.matrix([example(numbers={"size": float("inf")})])).all()


def test_many_rows_let_a_number_bend():
    known = [example(n, numbers={"size": float(n)}) for n in range(1200)]
    assert len(FeatureSpace.learn(known).columns) > 3


def test_the_last_prefix_is_the_whole_call():
    calls = conversations(30)
    space = FeatureSpace.learn(calls)
    for call in calls[:5]:
        whole = space.matrix([call])[0]
        assert space.prefixes(call, whole)[-1] == pytest.approx(whole)
        assert space.prefixes(call, whole)[2] == pytest.approx(space.matrix([call.prefix(3)])[0])


def test_a_space_survives_json():
    calls = conversations(30)
    space = FeatureSpace.learn(calls)
    again = FeatureSpace.from_dict(json.loads(json.dumps(space.to_dict())))
    assert again == space
    assert (again.matrix(calls) == space.matrix(calls)).all()


def test_without_statistics_only_what_was_known_before_the_call_counts():
    assert set(FeatureSpace.learn(conversations(30), statistics=False).names) == {"size", "region"}


def test_a_value_is_told_as_it_stands():
    call = example(
        turns=(Turn("rep", "hi"),), numbers={"size": 2.0}, statistic_names=("turns",), statistics=np.ones((1, 1))
    )
    assert (value_of(call, "size"), value_of(call, "turns"), value_of(call, "none")) == (2.0, 1.0, None)
