"""Scores of conversations that are not stored."""

import json
import sys

import pytest
from django.core.cache import cache

from calls.delivery import Delivery, DeliveryRefused
from calls.models import Call
from mltraining.models import ModelVersion
from predictions import predict, tasks, unanswered
from predictions.serving import NoActiveModel
from tests import factories
from tests.small_models import WON

pytestmark = pytest.mark.django_db

TURNS = [{"speaker": role, "text": text} for role, text in WON]


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[str]:
    keys: list[str] = []
    monkeypatch.setattr(tasks.answer_prediction, "delay", keys.append)
    return keys


def test_the_answer_has_probability_band_version_reasons_and_insights(active, rep):
    key = predict.submit(Delivery(turns=TURNS), rep)
    predict.answer(key)
    said = predict.wait(key, rep)
    assert said["conversion_probability"] > 0.6
    assert said["band"] in {"A", "B"}
    assert said["model_version"] == active.pk
    assert said["reasons"][0]["contribution"]
    assert "summary" in said["insights"]


def test_no_call_is_stored(active, rep):
    predict.answer(predict.submit(Delivery(transcript="Rep: Hello there\nCustomer: We want it"), rep))
    assert not Call.objects.exists()


def test_too_little_said_gives_no_probability_but_a_reason(active, rep):
    key = predict.submit(Delivery(transcript="Rep: Hello\nCustomer: Hi"), rep)
    predict.answer(key)
    said = predict.result(key, rep)
    assert (said["conversion_probability"], said["band"], said["reason"]) == (None, None, "not_enough_evidence")


def test_the_payload_waits_redacted_and_is_taken_once(active, rep, enqueued):
    key = predict.submit(Delivery(transcript="Rep: Your mail?\nCustomer: jane.doe@example.com please"), rep)
    assert enqueued == [key]
    assert "jane.doe" not in cache.get(predict.payload_key(key))
    predict.answer(key)
    assert cache.get(predict.payload_key(key)) is None
    predict.answer(key)
    assert predict.result(key, rep)


def test_only_who_asked_gets_the_answer(active, rep, stranger):
    key = predict.submit(Delivery(turns=TURNS), rep)
    assert predict.is_pending(key, rep)
    assert not predict.is_pending(key, stranger)
    predict.answer(key)
    assert predict.result(key, stranger) is None
    assert predict.result(key, rep)


def test_waiting_ends_without_an_answer(active, rep):
    assert predict.wait(predict.submit(Delivery(turns=TURNS), rep), rep, seconds=0.1) is None


def test_without_an_active_model_nothing_is_taken(db, rep, enqueued):
    with pytest.raises(NoActiveModel):
        predict.submit(Delivery(turns=TURNS), rep)
    assert enqueued == []


def test_bad_input_is_refused_before_anything_is_written(active, rep, enqueued):
    with pytest.raises(DeliveryRefused):
        predict.submit(Delivery(turns=[]), rep)
    assert enqueued == []


def test_the_history_of_a_customer_counts_only_for_those_who_may_see_them(active, rep, stranger):
    customer = factories.customer("acme")
    factories.call(customer=customer, rep=rep)
    assert predict.known_customer({"external_id": "acme"}, rep) == customer.pk
    assert predict.known_customer({"external_id": "acme"}, stranger) is None


@pytest.fixture
def unanswerable(active, rep) -> str:
    """The key of a question at which the worker fails."""
    key = predict.submit(Delivery(turns=TURNS), rep)
    cache.set(predict.payload_key(key), json.dumps({"turns": [["customer"]]}))
    return key


def test_a_worker_that_fails_says_so_and_still_fails(unanswerable, rep):
    assert tasks.answer_prediction.apply((unanswerable,)).failed()
    with pytest.raises(predict.AnswerFailed):
        predict.wait(unanswerable, rep)


def test_a_failure_leaves_nothing_of_what_was_said(unanswerable):
    tasks.answer_prediction.apply((unanswerable,))
    assert json.loads(cache.get(predict.answer_key(unanswerable))) == {"error": "server_error"}
    assert cache.get(predict.payload_key(unanswerable)) is None


def test_a_model_that_has_gone_meanwhile_is_told_as_such(active, rep):
    key = predict.submit(Delivery(turns=TURNS), rep)
    ModelVersion.objects.update(state=ModelVersion.State.RETIRED)
    assert tasks.answer_prediction.apply((key,)).failed()
    with pytest.raises(NoActiveModel):
        predict.result(key, rep)


def killed(key: str, monkeypatch) -> None:
    """Takes the question and comes no further."""
    with monkeypatch.context() as patched:
        patched.setattr(predict, "answered", sys.exit)
        with pytest.raises(SystemExit):
            predict.answer(key)


def test_the_work_of_a_killed_worker_is_lost_once_its_lease_has_run_out(active, rep, monkeypatch):
    key = predict.submit(Delivery(turns=TURNS), rep)
    killed(key, monkeypatch)
    assert predict.result(key, rep) is None
    assert predict.is_pending(key, rep)
    cache.delete(predict.lease_key(key))
    with pytest.raises(predict.AnswerFailed):
        predict.result(key, rep)


def test_the_next_worker_may_answer_what_a_killed_one_had_taken(active, rep, monkeypatch):
    key = predict.submit(Delivery(turns=TURNS), rep)
    killed(key, monkeypatch)
    predict.answer(key)
    assert predict.result(key, rep)["model_version"] == active.pk
    assert not predict.is_pending(key, rep)


def counted() -> dict[str, int]:
    """The reasons that were counted."""
    return {reason: count for reason, count in unanswered.counts().items() if count}


def test_a_worker_that_fails_is_counted_once(unanswerable, rep):
    tasks.answer_prediction.apply((unanswerable,))
    for _ in range(2):
        with pytest.raises(predict.AnswerFailed):
            predict.result(unanswerable, rep)
    assert counted() == {"worker_failed": 1}


def test_a_killed_worker_is_counted_once_when_its_answer_is_asked_for(active, rep, monkeypatch):
    key = predict.submit(Delivery(turns=TURNS), rep)
    killed(key, monkeypatch)
    cache.delete(predict.lease_key(key))
    assert counted() == {}
    for _ in range(2):
        with pytest.raises(predict.AnswerFailed):
            predict.result(key, rep)
    assert counted() == {"worker_lost": 1}


def test_a_missing_model_is_counted_at_the_door_and_in_the_worker(active, rep):
    key = predict.submit(Delivery(turns=TURNS), rep)
    ModelVersion.objects.update(state=ModelVersion.State.RETIRED)
    tasks.answer_prediction.apply((key,))
    with pytest.raises(NoActiveModel):
        predict.submit(Delivery(turns=TURNS), rep)
    assert counted() == {"no_active_model": 2}


def test_a_question_that_no_worker_took_in_time_is_counted(active, rep):
    key = predict.submit(Delivery(turns=TURNS), rep)
    cache.delete(predict.payload_key(key))
    predict.answer(key)
    assert counted() == {"expired": 1}


def test_an_answer_is_no_failure_even_if_its_message_comes_twice(active, rep):
    key = predict.submit(Delivery(turns=TURNS), rep)
    predict.answer(key)
    predict.answer(key)
    assert predict.result(key, rep)
    assert counted() == {}
