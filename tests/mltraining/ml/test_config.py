import json
import math
from dataclasses import fields

import pytest

from mltraining.ml.config import LIMITS, ConfigurationError, TrainConfig


def test_a_configuration_survives_json():
    config = TrainConfig(tune="top-2", regularisation=(0.5, 2.0), seed=3)
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"learning_rat": 1e-5}, "learning_rat"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"tune": "top-0"}, "tune"),
        ({"loss": "cosine"}, "loss"),
        ({"kept_share": 1.0}, "kept_share"),
        ({"regularisation": []}, "regularisation"),
        ({"seed": True}, "seed"),
        ({"token_pooling": "median"}, "token_pooling"),
        ({"device": "gpu"}, "device"),
        ({"learning_rate": 10**400}, "learning_rate"),
        ({"context_tokens": 256}, "context_tokens must be less than passage_tokens"),
        ({"regularisation": [0.1, math.nan]}, "regularisation"),
        (["seed"], "object of names"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(values, told):
    with pytest.raises(ConfigurationError, match=told):
        TrainConfig.from_dict(values)


def test_every_number_has_limits():
    assert {field.name for field in fields(TrainConfig) if type(field.default) in (int, float)} == set(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_beyond_its_limits_is_refused_with_value_and_limits(name):
    lowest, highest = LIMITS[name]
    for value in (lowest - 1, highest + 1, math.nan, math.inf):
        with pytest.raises(ConfigurationError) as refused:
            TrainConfig(**{name: value})
        assert str(refused.value) == f"{name} must be from {lowest} to {highest}, not {value}."
        assert refused.value.names == (name,)


def test_whole_numbers_do_where_fractions_are_expected():
    assert TrainConfig.from_dict({"budget_minutes": 2}).budget_minutes == 2.0
