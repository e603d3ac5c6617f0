"""Scores of conversations that are not stored."""

import pytest
from django.core.cache import cache

from calls.delivery import Delivery, DeliveryRefused
from calls.models import Call
from predictions import predict, tasks
from predictions.serving import NoActiveModel
from tests import factories
from tests.small_models import WON

pytestmark = pytest.mark.django_db

TURNS = [{"speaker": role, "text": text} for role, text in WON]


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[str]:
    keys: list[str] = []
    monkeypatch.setattr(tasks.answer_prediction, "delay_on_commit", keys.append)
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
