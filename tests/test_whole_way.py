"""The whole way through real servers, a real worker and a real training process: from an upload to its score."""

import time
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings as current
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient

from calls.models import Call, User
from predictions import serving
from predictions.models import Band
from salesconv.celery import app
from salesconv.queues import QUEUES
from tests.small_models import LOST, WON

CALLS = 12
PATIENCE = 300  # seconds; on a machine with other work a training, which lets all else go first, takes minutes


@pytest.fixture
def worker(transactional_db, empty_cache, settings, monkeypatch) -> Iterator[None]:
    """One worker for all queues. What the child process must know as well stands in its environment."""
    settings.MIN_LABELS_PER_CLASS = CALLS // 2
    settings.PREDICT_WAIT_SECONDS = PATIENCE
    monkeypatch.setenv("MIN_LABELS_PER_CLASS", str(CALLS // 2))
    monkeypatch.setenv("MODELS_DIR", str(current.STORAGES["models"]["OPTIONS"]["location"]))
    Band.objects.all().delete()  # whether a transactional test finds the migrations' rows depends on those before it
    Band.objects.create(letter="A", lower=0.0)
    serving.forget()
    app.control.purge()
    with start_worker(app, pool="solo", queues=QUEUES, perform_ping_check=False, shutdown_timeout=30):
        yield
    connections.close_all()


@pytest.fixture
def api(worker, admin) -> APIClient:
    client = APIClient()
    client.force_authenticate(admin)
    return client


def soon(look: Callable[[], Any]) -> Any:
    """What `look` finds, as soon as it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


def delivered(api: APIClient, number: int) -> str:
    """A call whose outcome its words tell, handed in and labelled; returns its address."""
    turns, outcome = (WON, "won") if number % 2 else (LOST, "lost")
    body = {
        "source": "crm",
        "external_id": f"call-{number}",
        "started_at": f"2026-03-{number + 1:02}T09:00:00Z",
        "customer": {"external_id": f"customer-{number}", "metadata": {"seats": 10 * number}},
        "turns": [{"speaker": role, "text": f"{text} Number {number}."} for role, text in turns],
    }
    receipt = api.post("/api/v1/calls/", body)
    assert receipt.status_code == 202, receipt.content
    address = f"/api/v1/calls/{receipt.json()['id']}/"
    labelled = api.post(f"{address}labels/", {"outcome": outcome, "known_at": "2026-04-20T12:00:00Z"})
    assert labelled.status_code == 201, labelled.content
    return address


def trained(api: APIClient) -> int:
    run = api.post("/api/v1/training-runs/", {"config": {"bootstraps": 50}}).json()["id"]

    def ended() -> dict[str, Any] | None:
        found = api.get(f"/api/v1/training-runs/{run}/").json()
        return found if found["finished_at"] else None

    found = soon(ended)
    assert found["state"] == "succeeded", found["error"]
    return found["model_version"]


def shows_its_reasons(scored: dict[str, Any], address: str, reader: User) -> None:
    """The page says the probability, and the words of every turn that counts; one of them speaks for the call."""
    pages = Client()
    pages.force_login(reader)
    text = unescape(pages.get(address).content.decode())
    assert f"{scored['conversion_probability']:.0%}" in text
    said = [reason for reason in scored["reasons"] if reason["turn"] is not None]
    assert max(reason["contribution"] for reason in said) > 0
    assert all(reason["text"] in text for reason in said)


def test_from_an_upload_to_a_score_on_page_and_api(api, admin):
    addresses = [delivered(api, number) for number in range(CALLS)]
    version = trained(api)
    promoted = api.post(f"/api/v1/model-versions/{version}/promote/", {"override": "a test"})
    assert promoted.status_code == 202, promoted.content
    soon(lambda: Call.objects.filter(state="scored").count() == CALLS)
    scored = api.get(f"{addresses[1]}predictions/").json()[0]
    assert (scored["model_version"], scored["band"]) == (version, "A")
    lost = api.get(f"{addresses[0]}predictions/").json()[0]
    assert lost["conversion_probability"] < scored["conversion_probability"]
    shows_its_reasons(scored, addresses[1].removeprefix("/api/v1"), admin)
    newcomer = api.get(delivered(api, CALLS)).json()["id"]
    soon(Call.objects.get(pk=newcomer).predictions.exists)
    answer = api.post("/api/v1/predict/", {"transcript": "\n".join(f"{role}: {text}" for role, text in WON)})
    assert answer.json()["model_version"] == version
