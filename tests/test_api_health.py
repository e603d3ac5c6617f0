"""What probes ask."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError
from kombu.exceptions import OperationalError as NoBroker
from redis.exceptions import ConnectionError as NoRedis

from calls.tasks import parse_call
from mltraining.tasks import train
from salesconv.celery import app
from tests.api_client import assert_error
from tests.predictions import watching


def test_a_process_that_lives_says_so_without_asking_anybody(client):
    assert client.get("/livez").json() == {"status": "ok"}


def test_a_server_that_can_serve_names_the_active_version(client, db):
    assert client.get("/readyz").json()["active_model"] is None
    version = watching.version()
    told = client.get("/readyz").json()
    assert (told["status"], told["database"], told["redis"]) == ("ok", "ok", "ok")
    assert told["active_model"] == version.pk


def test_it_tells_what_waits_at_each_queue_and_for_how_long(client, db, empty_queues):
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=1)):
        parse_call.delay(0)
        train.delay(0)
    answer = client.get("/readyz")
    assert answer.status_code == 200  # this process serves; the worker does not
    assert answer.json()["queues"]["default"]["count"] == 1
    assert answer.json()["queues"]["scoring"] == {"count": 0, "oldest_seconds": 0.0}
    assert list(answer.json()["late"]) == ["default"]  # a training may keep another waiting


def test_a_task_of_an_earlier_release_tells_no_time(client, db, empty_queues):
    with app.connection_for_write() as broker:
        broker.default_channel.client.lpush("default", json.dumps({"headers": {}}))
    assert client.get("/readyz").json()["queues"]["default"] == {"count": 1, "oldest_seconds": 0.0}


def test_without_a_broker_it_cannot_serve(client, db, monkeypatch):
    def gone() -> None:
        raise NoBroker

    monkeypatch.setattr("salesconv.health.waiting_tasks", gone)
    assert "broker" in assert_error(client.get("/readyz"), 503, "not_ready")["fields"]


def test_without_redis_it_cannot_serve(client, db, monkeypatch):
    def gone(*_: object) -> None:
        raise NoRedis

    monkeypatch.setattr("salesconv.health.cache.get", gone)
    assert "redis" in assert_error(client.get("/readyz"), 503, "not_ready")["fields"]


def test_without_a_database_it_cannot_serve(client, db, monkeypatch):
    def gone(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr("salesconv.health.ModelVersion.objects.filter", gone)
    assert "database" in assert_error(client.get("/readyz"), 503, "not_ready")["fields"]


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_are_not_cached(client, db, path):
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_are_answered_whatever_name_and_scheme_they_ask_by(client, db, settings, path):
    settings.ALLOWED_HOSTS = ["calls.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/login/", headers={"host": "10.0.0.7:8000"}).status_code == 400
