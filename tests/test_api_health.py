"""What probes ask."""

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as NoRedis

from tests.api_client import assert_error
from tests.predictions import watching


def test_a_process_that_lives_says_so_without_asking_anybody(client):
    assert client.get("/livez").json() == {"status": "ok"}


def test_a_server_that_can_serve_names_the_active_version(client, db):
    assert client.get("/readyz").json()["active_model"] is None
    version = watching.version()
    assert client.get("/readyz").json() == {
        "status": "ok", "database": "ok", "redis": "ok", "active_model": version.pk,
    }  # fmt: skip


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
