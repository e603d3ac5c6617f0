import json
from dataclasses import astuple, replace

import numpy as np
import pytest

from mltraining.ml import text_course
from mltraining.ml.calibration import Calibration
from mltraining.ml.classifier import TEXT
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import Encoded
from mltraining.ml.encoder import encoder_for
from mltraining.ml.example import Example, Turn
from mltraining.ml.explain import MOST_TURNS, turn_contributions
from mltraining.ml.layers import Adapter
from mltraining.ml.linear import log_odds_of
from mltraining.ml.model import NOT_ENOUGH_EVIDENCE, ConversionModel, UnreadableModel
from mltraining.ml.pipeline import train
from tests.mltraining.ml.conversations import AGAINST, FOR, conversations

READ_AS_TEXT_OR_ARRAYS = {".json", ".txt", ".md", ".safetensors"}


@pytest.fixture(scope="module")
def model():
    config = TrainConfig(encoder="hashing", calibration="sigmoid", bootstraps=50)
    return train(conversations(160), config, progress=lambda stage, share, line: None).model


@pytest.fixture(scope="module")
def calls():
    return conversations(12, seed=5)


def kinds_of(folder):
    return {path.suffix for path in folder.rglob("*") if path.is_file()}


def without(call, turn):
    return Example(**{**vars(call), "turns": call.turns[:turn] + call.turns[turn + 1 :]})


def test_a_saved_model_says_the_same(model, calls, tmp_path):
    model.save(tmp_path / "model")
    again = ConversionModel.load(tmp_path / "model")
    assert (again.predict_proba(calls) == model.predict_proba(calls)).all()
    assert again.score(calls)[0].reasons == model.score(calls)[0].reasons
    assert again.config == model.config


def test_a_model_is_saved_without_pickle(model, tmp_path):
    model.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"model.json", "head.safetensors", "encoder"}
    assert kinds_of(tmp_path) <= READ_AS_TEXT_OR_ARRAYS


def test_a_saved_transformer_is_no_pickle_either(tiny_folder, tmp_path):
    encoder = encoder_for(str(tiny_folder), device="cpu")
    encoder.adapter = Adapter(encoder.dimension)
    encoder.save(tmp_path)
    assert {".safetensors", ".json"} <= kinds_of(tmp_path) <= READ_AS_TEXT_OR_ARRAYS


def test_a_folder_of_another_format_is_refused(tmp_path):
    (tmp_path / "model.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(UnreadableModel, match="format 99"):
        ConversionModel.load(tmp_path)
    with pytest.raises(UnreadableModel):
        ConversionModel.load(tmp_path / "nothing")


def test_stored_vectors_give_the_same_prediction_as_text(model, calls):
    stored = [Encoded(call.windows, call.vectors.astype(np.float32)) for call in model.encode(calls)]
    assert model.predict_proba(calls, stored) == pytest.approx(model.predict_proba(calls), abs=1e-6)


def test_the_course_of_a_call_ends_at_its_probability(model, calls):
    for call, score in zip(calls, model.score(calls), strict=True):
        assert len(score.curve) == len(call.turns) == score.turns_seen
        assert score.curve[-1] == pytest.approx(score.probability, abs=1e-6)
        assert model.score([call.prefix(5)])[0].curve[:4] == pytest.approx(score.curve[:4], abs=1e-6)


def test_a_long_call_is_read_some_turns_at_a_time_and_as_if_at_once(model, calls, monkeypatch):
    reads_text = Calibration((TEXT,), np.ones(1), 0.0, np.zeros((0, 2)))
    model = replace(model, head=replace(model.head, calibration=reads_text))
    whole, pauses = model.score(calls[:1])[0], []
    monkeypatch.setattr(text_course, "AT_ONCE", 3)
    parts = model.score(calls[:1], model.encode(calls[:1]), lambda: pauses.append(1))[0]
    assert len(pauses) > 3 * len(calls[0].turns) / 3
    assert parts.curve == pytest.approx(whole.curve, abs=1e-6)
    assert [reason.name for reason in parts.reasons] == [reason.name for reason in whole.reasons]


def test_a_contribution_is_what_leaving_the_turn_out_changes(model, calls):
    call = calls[0]
    said = turn_contributions(call, model.encode([call])[0], model.projection, model.head)
    whole, *rests = before_bounds(model, [call, *(without(call, turn) for turn in range(len(call.turns)))])
    assert said == pytest.approx([whole - rest for rest in rests], abs=1e-4)


def before_bounds(model, calls):
    low, high = astuple(model.head.calibration.bounds)
    return [log_odds_of((said - low) / (high - low)) for said in model.predict_proba(calls)]


def test_what_speaks_for_a_sale_is_told_as_a_reason_for_it(model):
    turns = [
        ("rep", "how is the weather there"),
        ("customer", FOR[0]),
        ("rep", "I see what you mean"),
        ("customer", FOR[1]),
    ]
    call = conversations(1)[0]
    call = Example(**{**vars(call), "turns": tuple(Turn(*turn) for turn in turns), "statistics": call.statistics[:4]})
    worse = Example(**{**vars(call), "turns": (*call.turns[:3], Turn("customer", AGAINST[0]))})
    better, against = model.score([call, worse])
    strongest = next(reason for reason in better.reasons if reason.kind == "turn" and reason.contribution > 0)
    assert strongest.text in FOR
    assert better.probability > against.probability


def test_reasons_come_strongest_first(model, calls):
    for score in model.score(calls):
        sizes = [abs(reason.contribution) for reason in score.reasons]
        assert sizes == sorted(sizes, reverse=True)


def test_many_turns_are_kept_and_a_talkative_rep_takes_no_place_from_the_customer(model):
    said = [Turn("rep", words) for words in FOR * MOST_TURNS] + [Turn("customer", FOR[0]), Turn("customer", AGAINST[0])]
    [score] = model.score([Example(id="long", turns=tuple(said))])
    kept = [(reason.name, reason.contribution > 0) for reason in score.reasons if reason.kind == "turn"]
    assert kept.count(("rep", True)) == MOST_TURNS
    assert sum(name == "customer" for name, _ in kept) == 2


def test_too_few_words_get_no_probability(model):
    call = Example(id="short", turns=(Turn("rep", "hello there"),))
    score = model.score([call])[0]
    assert (score.probability, score.reason, score.reasons) == (None, NOT_ENOUGH_EVIDENCE, [])
    assert score.curve == [None]


def test_a_call_without_turns_is_no_error(model):
    score = model.score([Example(id="silent")])[0]
    assert (score.probability, score.curve, score.turns_seen) == (None, [], 0)


def test_the_vector_of_a_call_has_unit_length(model, calls):
    vectors = np.stack([score.call_vector for score in model.score(calls)])
    assert vectors.shape == (12, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(12), abs=1e-5)


def test_a_search_is_comparable_with_windows(model, calls):
    assert model.embed_text("the budget is approved").shape == model.encode(calls)[0].vectors[0].shape == (384,)
