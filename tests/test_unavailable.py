"""A store that does not answer is no fault of the server: whoever asks is told to come again."""

import pytest
from django.db import InternalError, OperationalError
from django.test import Client
from kombu.exceptions import OperationalError as BrokerAway
from psycopg.errors import ReadOnlySqlTransaction
from redis.exceptions import RedisError

from calls.tasks import parse_call
from salesconv.messages import Broker
from tests.api_client import API, assert_error, client_of


def raising(error: Exception, cause: Exception | None = None):
    def fail(*_: object, **__: object) -> None:
        raise error from cause

    return fail


AWAY = [OperationalError(), RedisError(), BrokerAway()]


@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_the_api_says_so_in_its_own_shape(rep, monkeypatch, error):
    monkeypatch.setattr("calls.models.CallQuerySet.visible_to", raising(error))
    answer = client_of(rep).get(f"{API}calls/")
    assert_error(answer, 503, "unavailable")
    assert int(answer["Retry-After"]) > 0


def test_a_database_that_only_reads_is_away_and_other_internal_errors_are_faults(rep, monkeypatch):
    seen = "calls.models.CallQuerySet.visible_to"
    monkeypatch.setattr(seen, raising(InternalError(), ReadOnlySqlTransaction()))
    assert_error(client_of(rep).get(f"{API}calls/"), 503, "unavailable")
    monkeypatch.setattr(seen, raising(InternalError()))
    assert_error(client_of(rep).get(f"{API}calls/"), 500, "server_error")


def test_a_page_says_so_without_asking_any_store(rep, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(rep)
    monkeypatch.setattr("calls.models.CallQuerySet.visible_to", raising(OperationalError()))
    answer = client.get("/")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "Not available at this moment" in answer.text


@pytest.fixture
def queue_away(monkeypatch) -> list[int]:
    monkeypatch.setattr(Broker, "ask_again_at", 0.0)
    asked: list[int] = []

    def apply_async(args: tuple[int], *_: object, **__: object) -> None:
        asked.extend(args)
        raise BrokerAway("nobody listens")

    monkeypatch.setattr(parse_call, "apply_async", apply_async)
    return asked


def test_what_is_committed_is_no_failure_because_its_message_is_lost(
    db, queue_away, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        parse_call.delay_on_commit(1)
        parse_call.delay_on_commit(2)
    assert queue_away == [1]  # the second waits for nobody
    assert caplog.text.count("is left to the next sweep") == 2


def test_whoever_waits_for_an_answer_is_told_that_nobody_was_asked(queue_away):
    with pytest.raises(BrokerAway):
        parse_call.delay(1)
