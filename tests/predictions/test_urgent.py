"""A question is answered while a long work is under way in the only worker there is."""

import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from kombu import Queue
from redis.exceptions import ConnectionError as Unreachable

from calls.delivery import Delivery
from calls.models import Call
from predictions import predict, scoring, search, tasks, urgent
from salesconv.celery import app
from tests import factories
from tests.small_models import LOST, WON

pytestmark = pytest.mark.django_db
ROUNDS = 200  # of four turns


def waiting() -> int:
    with app.connection_for_read() as broker:
        return broker.default_channel.client.llen("urgent")


def empty_queue() -> None:
    with app.connection_for_read() as broker:
        broker.default_channel.client.delete("urgent", "unacked", "unacked_index")


@pytest.fixture(autouse=True)
def fresh_way(monkeypatch) -> Iterator[None]:
    empty_queue()
    for name, value in {"broker": None, "queue": None, "next_look": 0.0, "given": 0.0}.items():
        monkeypatch.setattr(urgent.Way, name, value)
    yield
    if urgent.Way.broker:
        urgent.Way.broker.release()
    empty_queue()


@pytest.fixture
def long_call(active) -> Call:
    return factories.call(WON * ROUNDS)


@pytest.fixture
def question(active) -> str:
    """Its key; the message is really sent."""
    key = f"{active.pk}-question"
    cache.set(f"query-text:{key}", "too expensive")
    tasks.encode_query.delay(key)
    return key


def instead_of_encoding(monkeypatch, work: Callable[[str], None]) -> None:
    """Then the question is encoded as ever."""
    original = search.encode
    monkeypatch.setattr(search, "encode", lambda key: (work(key), original(key)))


def test_a_question_is_answered_before_the_long_call_that_came_first(long_call, question, monkeypatch):
    scored = []
    instead_of_encoding(monkeypatch, lambda key: scored.append(long_call.predictions.exists()))
    tasks.score_call.apply((long_call.pk,))
    assert scored == [False]
    assert cache.get(f"query-vector:{question}") is not None
    assert long_call.predictions.exists()
    assert waiting() == 0


def test_a_question_is_answered_between_the_calls_of_a_batch(active, question, monkeypatch):
    calls = [factories.call(LOST) for _ in range(8)]
    scored = []
    instead_of_encoding(monkeypatch, lambda key: scored.append(calls[-1].predictions.exists()))
    tasks.score_pending.apply()
    assert scored == [False]
    assert all(call.predictions.exists() for call in calls)


def test_a_long_conversation_that_somebody_asks_about_lets_a_short_one_go_first(active, rep, monkeypatch):
    with monkeypatch.context() as unsent:
        unsent.setattr(tasks.answer_prediction, "delay", lambda key: None)
        long = predict.submit(Delivery(turns=[{"speaker": role, "text": text} for role, text in WON * ROUNDS]), rep)
        short = predict.submit(Delivery(turns=[{"speaker": role, "text": text} for role, text in LOST]), rep)
    answers = []
    original = predict.finish
    monkeypatch.setattr(predict, "finish", lambda key, said: (answers.append(key), original(key, said)))
    tasks.answer_prediction.delay(short)
    tasks.answer_prediction.apply((long,))
    assert answers == [short, long]
    assert predict.result(long, rep)["turns_seen"] == 4 * ROUNDS


def test_an_urgent_work_that_fails_leaves_the_long_one_alone(long_call, question, monkeypatch, caplog):
    instead_of_encoding(monkeypatch, lambda key: 1 / 0)
    tasks.score_call.apply((long_call.pk,))
    assert long_call.predictions.exists()
    assert "ZeroDivisionError" in caplog.text
    assert waiting() == 0


def test_a_task_that_is_not_known_is_told_and_put_away(long_call, caplog):
    app.send_task("predictions.tasks.of_tomorrow", queue="urgent")
    tasks.score_call.apply((long_call.pk,))
    assert long_call.predictions.exists()
    assert "predictions.tasks.of_tomorrow" in caplog.text
    assert waiting() == 0


def test_what_a_worker_had_begun_goes_back_when_it_is_stopped(long_call, question, monkeypatch):
    instead_of_encoding(monkeypatch, sys.exit)
    with pytest.raises(SystemExit):
        tasks.score_call.apply((long_call.pk,))
    assert waiting() == 0
    urgent.Way.broker.release()
    assert waiting() == 1


def test_a_broker_that_does_not_answer_keeps_no_call_from_its_score(long_call, monkeypatch, caplog):
    looks = []

    def unreachable(*args, **options):
        looks.append(args)
        raise Unreachable("no broker")

    monkeypatch.setattr(Queue, "get", unreachable)
    tasks.score_call.apply((long_call.pk,))
    assert long_call.predictions.exists()
    assert len(looks) == 1
    assert "cannot be looked at" in caplog.text


def test_the_time_that_was_given_away_is_no_part_of_how_long_a_score_took(long_call, question, monkeypatch):
    instead_of_encoding(monkeypatch, lambda key: time.sleep(1))
    started = time.perf_counter()
    tasks.score_call.apply((long_call.pk,))
    assert long_call.predictions.get().latency_ms < (time.perf_counter() - started - 1) * 1000


def test_nobody_but_a_worker_does_what_waits(long_call, question):
    scoring.score([long_call.pk])
    assert waiting() == 1
