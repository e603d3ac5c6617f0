import json

import numpy as np
import pytest

from mltraining.ml.config import TrainConfig
from mltraining.ml.evaluate import ROWS
from mltraining.ml.example import TrainingError
from mltraining.ml.pipeline import train
from mltraining.ml.trial import trial_of
from tests.mltraining.ml.conversations import conversations

STAGES = ["prepare", "fine-tune", "classify", "calibrate", "evaluate"]


def config(**fields):
    return TrainConfig(**({"encoder": "hashing", "bootstraps": 100} | fields))


def quiet(stage, share, line):
    pass


@pytest.fixture(scope="module")
def small():
    told = []
    trained = train(conversations(120), config(), progress=lambda *line: told.append(line))
    return trained, told


@pytest.fixture(scope="module")
def large():
    return train(conversations(220), config(comfortable_per_class=80), progress=quiet)


def test_stages_come_in_order_and_never_go_back(small):
    _, told = small
    stages = [stage for stage, _, _ in told]
    assert list(dict.fromkeys(stages)) == STAGES
    assert stages == sorted(stages, key=STAGES.index)
    for stage in STAGES:
        shares = [share for name, share, _ in told if name == stage]
        assert shares == sorted(shares)


@pytest.mark.parametrize("size", ["small", "large"])
def test_the_report_holds_all_that_pages_show(size, request):
    trained = request.getfixturevalue(size)
    report = trained[0].report if size == "small" else trained.report
    json.dumps(report, allow_nan=False)
    assert [row["name"] for row in report["rows"]] == list(ROWS)
    assert [row["share"] for row in report["by_share"]] == [0.25, 0.5, 0.75, 1.0]
    assert [row["words"] for row in report["by_words"]][:2] == [8, 16]
    assert {"tp", "fp", "tn", "fn", "threshold"} <= set(report["confusion"])
    assert {"mean_predicted", "observed", "count", "low", "high"} == set(report["reliability"][0])
    assert [row["rule"] for row in report["thresholds"]["rows"]] == ["f1", "cost"]
    assert report["thresholds"]["rows"][0]["tp"] == report["confusion"]["tp"]
    assert {"scores", "features", "centroid"} == set(report["reference"])
    assert {"state", "reasons"} == set(report["verdict"])
    assert report["counts"]["won"] + report["counts"]["lost"] == (120 if size == "small" else 220)


def test_few_calls_are_measured_out_of_fold(small):
    report = small[0].report
    assert report["calibrated_out_of_fold"] is True
    assert report["counts"]["tested"] == 120


def test_many_calls_are_measured_on_the_newest(large):
    assert large.report["calibrated_out_of_fold"] is False
    assert large.report["counts"]["tested"] == 55


def test_what_carries_the_outcome_beats_the_base_rate(large):
    assert large.report["verdict"]["state"] in ("ready", "ok")
    assert large.report["verdict"]["reasons"][0]["passed"]


def test_labels_that_mean_nothing_are_not_ready():
    generator = np.random.default_rng(0)
    calls = [call.__class__(**{**vars(call), "label": int(generator.random() < 0.5)}) for call in conversations(120)]
    assert train(calls, config(), progress=quiet).report["verdict"]["state"] == "not_ready"


def test_where_nothing_was_tuned_the_generic_encoder_is_registered(large):
    assert large.report["chosen"] == "generic_encoder"
    assert any("registered" in note for note in large.report["notes"])


def test_one_outcome_alone_teaches_nothing():
    with pytest.raises(TrainingError, match="both outcomes"):
        train(conversations(60, share=1.1), config(), progress=quiet)


def test_the_same_calls_and_seed_give_the_same_model(small):
    again = train(conversations(120), config(), progress=quiet)
    asked = conversations(10, seed=9)
    assert (again.model.predict_proba(asked) == small[0].model.predict_proba(asked)).all()


def test_the_active_version_is_compared_on_calls_it_has_not_seen():
    def perfect(asked):
        return np.array([np.nan if number < 30 else 0.99 if call.label else 0.01 for number, call in enumerate(asked)])

    report = train(conversations(120), config(), progress=quiet, active=perfect).report
    assert report["verdict"]["state"] == "ok"
    assert any("active version" in reason["text"] and not reason["passed"] for reason in report["verdict"]["reasons"])
    gaps = {row["metric"]: row for row in report["paired"] if row["against"] == "active_version"}
    assert list(gaps) == ["auc", "brier", "log_loss"]
    assert gaps["auc"]["high"] < 0 < gaps["brier"]["low"]
    assert gaps["auc"]["n"] == 90


def test_calls_without_a_transcript_train_on_features_alone():
    model = train(conversations(120, turns=0), config(), progress=quiet).model
    assert model.score(conversations(1, turns=0))[0].probability is not None


def test_customers_who_come_again_and_again_do_not_empty_the_training_part():
    calls = [
        call.__class__(**{**vars(call), "group": f"customer {number % 7}"})
        for number, call in enumerate(conversations(300))
    ]
    trial = trial_of(calls, config(comfortable_per_class=80))
    assert not trial.is_newest
    assert any("both old and new" in note for note in trial.notes)


def test_one_customer_alone_is_divided_call_by_call():
    calls = [call.__class__(**{**vars(call), "group": "only one"}) for call in conversations(60)]
    assert len(trial_of(calls, config()).folds) == 3
