import json

import pytest

from mltraining.ml.config import ConfigurationError, TrainConfig


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
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(values, told):
    with pytest.raises(ConfigurationError, match=told):
        TrainConfig.from_dict(values)


def test_whole_numbers_do_where_fractions_are_expected():
    assert TrainConfig.from_dict({"budget_minutes": 2}).budget_minutes == 2.0
