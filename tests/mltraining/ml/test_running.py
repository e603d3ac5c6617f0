"""A call that runs, heard turn by turn, ends where the whole call is."""

import numpy as np
import pytest

from mltraining.examples import Said, plain_example
from mltraining.ml.embedding import encode
from mltraining.ml.encoder import encoder_for
from mltraining.ml.example import Turn
from mltraining.ml.keeping import KeepingFollower, seen_from
from mltraining.ml.windows import windows_of
from tests import small_models, tiny_models

WORDS = ["hello", "price", "budget", "yes", "no deal", "great offer", "thanks a lot for the call", "we want it"]


def turns(count: int) -> list[Turn]:
    return [
        Turn(("rep", "customer")[n % 2], " ".join(WORDS[(n * k) % 8] for k in range(1, 2 + n % 4)))
        for n in range(count)
    ]


@pytest.fixture(scope="module", params=[tiny_models.tiny_bert, tiny_models.tiny_roberta], ids=["bert", "roberta"])
def encoder(request, tmp_path_factory):
    return encoder_for(str(request.param(tmp_path_factory.mktemp("tiny"))), device="cpu", precision="fp32")


@pytest.mark.parametrize("context", [0, 8])
@pytest.mark.parametrize("passage", [40, 256], ids=["short passages", "longer than the model reads"])
def test_windows_read_one_by_one_have_the_vectors_of_the_whole_call(encoder, passage, context):
    windows = windows_of(turns(60), passage_tokens=passage, context_tokens=context)
    follower = KeepingFollower(encoder)
    one_by_one = np.concatenate([follower.read([window]) for window in windows])
    assert np.abs(one_by_one - encoder.encode(windows)).max() < 1e-5


def test_many_windows_at_once_are_followed_by_single_ones(encoder):
    windows = windows_of(turns(30))
    follower = KeepingFollower(encoder)
    read = np.concatenate([follower.read(windows[:20]), *(follower.read([window]) for window in windows[20:])])
    assert np.abs(read - encoder.encode(windows)).max() < 1e-5


def test_only_the_new_reading_goes_through_the_layers(encoder, monkeypatch):
    windows = windows_of(turns(5))
    follower = KeepingFollower(encoder)
    sizes, read = [], encoder.seeing
    monkeypatch.setattr(
        encoder, "seeing", lambda ids, *args, **kept: sizes.append(ids.shape[1]) or read(ids, *args, **kept)
    )
    for window in windows:
        follower.read([window])
    assert sizes == [len(ids) for ids in encoder.tokenized([window.reading for window in windows])]


def test_what_a_reading_sees_fits_the_model():
    assert seen_from([[1] * 30, [1] * 30, [1] * 10], 40) == 1
    assert seen_from([[1] * 40], 40) == 0


def heard_whole(words=small_models.WON):
    said = [Said(*turn) for turn in words]
    whole = plain_example(said, {"size": 5}, {})
    running = small_models.model().follow(plain_example([], {"size": 5}, {}))
    standings = [running.hear([turn], row[None])[0] for turn, row in zip(whole.turns, whole.statistics, strict=True)]
    return whole, running, standings


@pytest.mark.parametrize("words", [small_models.WON, small_models.LOST], ids=["won", "lost"])
def test_the_course_of_a_running_call_is_the_curve_of_the_whole_one(words):
    whole, _, standings = heard_whole(words)
    score = small_models.model().score([whole])[0]
    assert [each.probability for each in standings[:-1]] == pytest.approx(score.curve[:-1], abs=1e-6)
    assert standings[-1].whole == pytest.approx(score.probability, abs=1e-6)


def test_the_vectors_of_a_running_call_serve_the_call_that_it_becomes():
    whole, running, _ = heard_whole()
    encoded = encode(small_models.model().encoder, [whole], small_models.CONFIG)[0]
    assert running.encoded().windows == encoded.windows
    assert running.encoded().vectors == pytest.approx(encoded.vectors, abs=1e-6)


def test_moves_add_up_to_where_the_call_stands():
    _, running, standings = heard_whole()
    begun = small_models.model().follow(plain_example([], {"size": 5}, {})).log_odds
    assert begun + sum(each.move for each in standings) == pytest.approx(running.log_odds)


def test_turns_that_come_together_are_heard_as_if_one_by_one():
    whole, _, standings = heard_whole()
    together = small_models.model().follow(plain_example([], {"size": 5}, {})).hear(whole.turns, whole.statistics)
    assert [each.whole for each in together] == pytest.approx([each.whole for each in standings])
