"""Scores by the active version: batched, once for each input, never overwritten."""

import gc
import weakref

import numpy as np
import pytest
from django.core.files.storage import storages
from django.db import DatabaseError, transaction
from threadpoolctl import threadpool_info, threadpool_limits

from calls.models import Call
from mltraining import registry
from mltraining.ml.model import ConversionModel
from mltraining.models import ModelVersion
from predictions import bands, scoring, serving, vectors
from predictions.models import Band, Embedding, Prediction
from tests import factories, small_models
from tests.small_models import LOST, WON

pytestmark = pytest.mark.django_db


@pytest.fixture
def enqueued(monkeypatch) -> list[tuple]:
    """What would go to the workers."""
    from predictions import tasks

    sent: list[tuple] = []
    for name in ("score_pending", "write_insight"):
        monkeypatch.setattr(
            getattr(tasks, name), "delay_on_commit", lambda *args, name=name: sent.append((name, *args))
        )
    return sent


def counted(monkeypatch, method: str) -> list[int]:
    """How many examples each call of the model's method brought."""
    sizes: list[int] = []
    original = getattr(ConversionModel, method)

    def spy(self, examples, *rest):
        sizes.append(len(examples))
        return original(self, examples, *rest)

    monkeypatch.setattr(ConversionModel, method, spy)
    return sizes


def test_a_score_names_its_version_band_reasons_and_course(active, enqueued):
    won, lost = factories.call(WON), factories.call(LOST)
    assert scoring.score([won.pk, lost.pk]) == 2
    high, low = won.predictions.get(), lost.predictions.get()
    assert high.probability > 0.6
    assert low.probability < 0.4
    assert high.band < low.band
    assert high.version == active
    assert len(high.curve) == high.turns_seen == 4
    assert high.curve[-1] == pytest.approx(high.probability)
    assert any(reason["turn"] == 1 and reason["contribution"] > 0 for reason in high.reasons)


def test_scoring_moves_the_call_and_asks_for_its_insight(active, enqueued):
    call = factories.call()
    scoring.score([call.pk])
    call.refresh_from_db()
    assert call.state == Call.State.SCORED
    assert enqueued == [("write_insight", call.pk)]


def test_scoring_twice_changes_nothing(active, enqueued):
    call = factories.call()
    scoring.score([call.pk])
    first = call.predictions.get()
    assert scoring.score([call.pk]) == 0
    assert call.predictions.get().created_at == first.created_at


def test_two_workers_that_score_at_once_leave_one_score(active, enqueued, monkeypatch):
    call = factories.call()
    scoring.score([call.pk])
    monkeypatch.setattr(scoring, "unscored", lambda version, ids: [given])
    given = scoring.Input(call, *hashed(call, active))
    scoring.score([call.pk])
    assert call.predictions.count() == 1
    assert Embedding.objects.of_calls().count() == 1


def hashed(call, version):
    from mltraining.examples import example_from

    example = example_from(call)
    return example, scoring.input_hash(example, version)


def test_the_database_refuses_to_overwrite_a_score(active, enqueued):
    call = factories.call()
    scoring.score([call.pk])
    with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic():
        call.predictions.update(probability=0.5)


def test_vectors_of_the_call_and_each_window_are_stored_and_used_again(active, enqueued, monkeypatch):
    call = factories.call(WON)
    scoring.score([call.pk])
    assert Embedding.objects.of_windows().count() == 4
    assert Embedding.objects.of_calls().count() == 1
    probability = call.predictions.get().probability
    Prediction.objects.filter(call=call).delete()
    encoded = counted(monkeypatch, "encode")
    scoring.score([call.pk])
    assert encoded == []
    assert call.predictions.get().probability == pytest.approx(probability, abs=1e-6)


def test_too_little_said_gives_no_probability_but_a_reason(active, enqueued):
    call = factories.call((("rep", "Hello?"), ("customer", "Yes.")))
    scoring.score([call.pk])
    scored = call.predictions.get()
    assert (scored.probability, scored.band, scored.reason) == (None, "", "not_enough_evidence")
    assert scored.curve == [None, None]


def test_without_an_active_version_calls_wait(db, enqueued):
    call = factories.call()
    assert scoring.score([call.pk]) == 0
    call.refresh_from_db()
    assert call.state == Call.State.READY


def test_only_readable_calls_are_scored(active, enqueued):
    waiting = factories.call(state=Call.State.RECEIVED)
    assert scoring.score([waiting.pk, 10**9]) == 0


def test_pending_calls_are_scored_in_batches_until_none_is_left(active, enqueued, monkeypatch, settings):
    settings.SCORING_BATCH = 2
    for _ in range(5):
        factories.call()
    sizes = counted(monkeypatch, "score")
    scoring.score_pending()
    while enqueued[-1][0] == "score_pending":
        scoring.score_pending(enqueued.pop()[1])
    assert sizes == [2, 2, 1]
    assert not scoring.pending(active).exists()


def test_a_call_that_the_model_cannot_take_keeps_no_other_from_its_score(active, enqueued, monkeypatch):
    bad, good = factories.call(LOST), factories.call(WON)
    original = ConversionModel.score

    def fails(self, examples, *rest):
        if any(each.id == str(bad.pk) for each in examples):
            raise ValueError("not a number")
        return original(self, examples, *rest)

    monkeypatch.setattr(ConversionModel, "score", fails)
    scoring.score_pending()
    assert good.predictions.exists()
    assert not scoring.pending(active).exists()


def test_the_sweep_starts_one_chain_for_calls_whose_task_was_lost(active, enqueued):
    factories.call()
    scoring.sweep()
    scoring.sweep()
    assert [name for name, _ in enqueued] == ["score_pending"]


def test_of_two_chains_the_one_that_spoke_last_goes_on(active, enqueued, empty_cache, settings):
    settings.SCORING_BATCH = 1
    for _ in range(3):
        factories.call()
    scoring.score_pending()
    scoring.score_pending()
    first, second = (chain for name, *chain in enqueued if name == "score_pending")
    scoring.score_pending(*first)
    assert Prediction.objects.count() == 2
    scoring.score_pending(*second)
    assert Prediction.objects.count() == 3


def test_a_new_active_version_is_loaded_at_the_next_score(active, enqueued):
    call = factories.call()
    scoring.score([call.pk])
    second = small_models.version(ModelVersion.State.CANDIDATE)
    registry.activate(second)
    scoring.score([call.pk])
    assert {each.version for each in call.predictions.all()} == {active, second}


def test_a_damaged_active_version_leaves_the_one_in_memory_serving(active, enqueued, caplog):
    assert serving.served().version == active
    second = small_models.version(ModelVersion.State.CANDIDATE)
    registry.activate(second)
    (registry.local_folder(second) / "model.json").write_text("{}")
    assert serving.served().version == active
    assert "ALERT" in caplog.text


def test_a_fresh_worker_falls_back_to_the_version_before_a_damaged_one(active, enqueued):
    registry.activate(active)
    second = small_models.version(ModelVersion.State.CANDIDATE)
    registry.activate(second)
    storages["models"].delete(f"{second.artefact}/model.json")
    assert serving.served().version == active


def test_a_band_is_the_highest_whose_limit_is_reached(db):
    Band.objects.all().delete()
    Band.objects.bulk_create([Band(letter="A", lower=0.7), Band(letter="B", lower=0.2)])
    assert [bands.band_for(p) for p in (0.7, 0.69, 0.1, None)] == ["A", "B", "", ""]


def test_stored_vectors_are_those_of_the_model(active, enqueued):
    call = factories.call(WON)
    scoring.score([call.pk])
    from mltraining.examples import example_from

    [encoded] = small_models.model().encode([example_from(call)])
    np.testing.assert_allclose(vectors.stored(active, [call])[call.pk], encoded.vectors, atol=1e-6)


def test_where_a_model_serves_numpy_multiplies_in_one_thread(active):
    with threadpool_limits(2, user_api="blas"):
        serving.served()
        threads = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert threads == {1}


def test_the_garbage_collector_leaves_alone_what_is_loaded(active):
    gc.unfreeze()
    serving.served()
    assert gc.get_freeze_count() > 100_000


def test_a_model_that_another_took_over_from_is_let_go(active):
    before = weakref.ref(serving.served().model)
    registry.activate(small_models.version(ModelVersion.State.CANDIDATE))
    serving.served()
    assert before() is None
