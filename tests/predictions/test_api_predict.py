"""Scoring a conversation that is not stored."""

import json

import pytest
from django.core.cache import cache
from django.db import connection
from kombu.exceptions import OperationalError as BrokerAway

from calls.models import Call
from predictions import predict
from tests.api_client import API, assert_error, client_of
from tests.predictions import watching

PREDICT = f"{API}predict/"
QUESTION = {"transcript": "Rep: Good morning.\nCustomer: We have a budget."}
ANSWER = {
    "conversion_probability": 0.81, "band": "A", "model_version": 1, "reason": "", "reasons": [], "insights": None,
    "curve": [0.5, 0.81], "turns_seen": 2,
}  # fmt: skip


@pytest.fixture
def api(rep, empty_cache, settings):
    settings.PREDICT_WAIT_SECONDS = 0.1
    return client_of(rep)


@pytest.fixture
def worker(monkeypatch):
    """Answers at once, in place of the model."""

    def answer(key: str) -> None:
        cache.set(predict.answer_key(key), json.dumps(ANSWER), 60)

    monkeypatch.setattr("predictions.tasks.answer_prediction.delay", answer)


def test_without_an_active_model_there_is_no_service(api):
    assert_error(api.post(PREDICT, QUESTION), 503, "no_active_model")


def test_an_answer_in_time_is_given_at_once(api, worker):
    watching.version()
    response = api.post(PREDICT, QUESTION)
    assert response.status_code == 200
    assert response.json() == ANSWER | {"reason": None}
    assert not Call.objects.exists()


def test_a_question_that_is_repeated_under_its_key_is_asked_once(api, worker, monkeypatch):
    watching.version()
    first = api.post(PREDICT, QUESTION, headers={"Idempotency-Key": "q-1"})
    monkeypatch.setattr("predictions.tasks.answer_prediction.delay", lambda key: 1 / 0)
    assert api.post(PREDICT, QUESTION, headers={"Idempotency-Key": "q-1"}).content == first.content


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_a_question_with_a_key_waits(api, monkeypatch):
    watching.version()
    held = []
    monkeypatch.setattr(predict, "result", lambda *_: held.append(connection.connection is not None))
    assert api.post(PREDICT, QUESTION, headers={"Idempotency-Key": "q-1"}).status_code == 202
    assert held
    assert not any(held)


def test_a_key_is_free_again_where_the_answer_came_too_late(api):
    """The address of a late answer lives for minutes; the key would name it for a day."""
    watching.version()
    first, second = (api.post(PREDICT, QUESTION, headers={"Idempotency-Key": "q-1"}).json() for _ in range(2))
    assert first["result_url"] != second["result_url"]


def test_a_late_answer_is_fetched_from_its_address(api):
    watching.version()
    response = api.post(PREDICT, QUESTION)
    assert response.status_code == 202
    url = response.json()["result_url"]
    assert api.get(url).status_code == 202
    cache.set(predict.answer_key(url.split("/")[-2]), json.dumps(ANSWER), 60)
    assert api.get(url).json()["conversion_probability"] == 0.81


def test_an_answer_is_for_whoever_asked(api, stranger):
    watching.version()
    url = api.post(PREDICT, QUESTION).json()["result_url"]
    assert_error(client_of(stranger).get(url), 404, "not_found")


FAILED = [("server_error", 500, "Send it again"), ("no_active_model", 503, "promote")]


@pytest.mark.parametrize(("code", "status", "hint"), FAILED)
def test_whoever_waits_is_told_that_the_worker_failed(api, monkeypatch, code, status, hint):
    watching.version()
    failing = lambda key: predict.finish(key, {"error": code})  # noqa: E731  # as the task would
    monkeypatch.setattr("predictions.tasks.answer_prediction.delay", failing)
    assert hint in assert_error(api.post(PREDICT, QUESTION), status, code)["hint"]


@pytest.mark.parametrize(("code", "status", "hint"), FAILED)
def test_whoever_comes_back_is_told_that_the_worker_failed(api, code, status, hint):
    watching.version()
    url = api.post(PREDICT, QUESTION).json()["result_url"]
    predict.finish(url.split("/")[-2], {"error": code})
    for _ in range(2):
        assert hint in assert_error(api.get(url), status, code)["hint"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"transcript": ""},
        {"turns": []},
        {"turns": "x"},
        {"turns": [{"speaker": "a"}]},
        QUESTION | {"turns": [{"speaker": "a", "text": "b"}]},
        QUESTION | {"metadata": []},
        QUESTION | {"customer": "x"},
        QUESTION | {"started_at": "0001-01-01"},
    ],
)
def test_a_question_that_cannot_be_read_is_refused(api, body):
    watching.version()
    assert_error(api.post(PREDICT, body), 400)


def test_metadata_may_stand_beside_the_customer(api, worker, monkeypatch):
    watching.version()
    seen = []
    monkeypatch.setattr(predict, "submit", lambda delivery, by: seen.append(delivery.customer) or "1-a")
    api.post(PREDICT, QUESTION | {"metadata": {"plan": "x"}, "customer": {"segment": "s", "metadata": {"n": 1}}})
    assert seen == [{"segment": "s", "metadata": {"n": 1, "plan": "x"}}]


def test_a_question_that_the_task_queue_does_not_take_is_not_waited_for(api, monkeypatch):
    """However lately the queue was away: nobody would ever answer it."""
    watching.version()
    monkeypatch.setattr("salesconv.messages.Broker.ask_again_at", float("inf"))
    monkeypatch.setattr("predictions.tasks.answer_prediction.apply_async", away)
    assert_error(api.post(PREDICT, QUESTION), 503, "unavailable")


def away(*_: object, **__: object) -> None:
    raise BrokerAway
