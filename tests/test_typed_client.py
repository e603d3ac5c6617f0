"""A typed client, generated from the description that the real server gives, goes from a call to its score."""

import json
import subprocess
import sys
import time
from importlib import import_module
from types import SimpleNamespace

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import connections

from calls.api_examples import POSTED_CALL, POSTED_LABEL
from predictions import serving
from predictions.models import Band
from salesconv.celery import app
from salesconv.queues import QUEUES
from tests import small_models
from tests.api_client import client_of
from tests.real_server import PATIENCE
from tests.real_server import serving as real_server

NAME = "generated_client"
BYTES = "application/octet-stream"
KINDS = ("application/x-ndjson", "text/csv", "application/zip")
CONFIG = {"post_hooks": [], "content_type_overrides": dict.fromkeys(KINDS, BYTES)}


@pytest.fixture
def server(transactional_db, empty_cache, settings, tmp_path):
    """With a worker for all queues and a version that serves."""
    Band.objects.all().delete()  # whether a transactional test finds the migrations' rows depends on those before it
    Band.objects.create(letter="A", lower=0.0)
    serving.forget()
    small_models.version()
    app.control.purge()
    folders = {f"{name.upper()}_DIR": settings.STORAGES[name]["OPTIONS"]["location"] for name in ("spool", "models")}
    with (
        start_worker(app, pool="solo", queues=QUEUES, perform_ping_check=False, shutdown_timeout=30),
        real_server(tmp_path / "server.log", **folders) as url,
    ):
        yield url
    serving.forget()
    connections.close_all()


@pytest.fixture
def generated(server, tmp_path, monkeypatch):
    """The package, of which every endpoint is a module and every body a class; gone after the test."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG))
    options = ["--meta", "none", "--config", str(config), "--output-path", str(tmp_path / NAME), "--fail-on-warning"]
    program = [sys.executable, "-m", "openapi_python_client", "generate", "--url", f"{server}/api/schema/", *options]
    done = subprocess.run(program, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield SimpleNamespace(client=import_module(NAME), models=import_module(f"{NAME}.models"))
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


@pytest.fixture
def ask(server, rep, generated):
    """Calls an endpoint by its name, as rita."""
    token = client_of(rep)._credentials["HTTP_AUTHORIZATION"].removeprefix("Token ")
    options = {"prefix": "Token", "raise_on_unexpected_status": True, "timeout": PATIENCE}
    with generated.client.AuthenticatedClient(server, token, **options) as client:
        yield lambda name, *at, **body: import_module(f"{NAME}.api.calls.{name}").sync(*at, client=client, **body)


def test_a_generated_client_goes_from_a_call_to_its_score(ask, generated):
    receipt = ask("calls_create", body=generated.models.DeliveryRequest.from_dict(POSTED_CALL))
    assert receipt.state == generated.models.CallState.READY
    deadline = time.monotonic() + PATIENCE
    while (call := ask("calls_retrieve", receipt.id)).state != generated.models.CallState.SCORED:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    assert [turn.text for turn in call.turns] == [turn["text"] for turn in POSTED_CALL["turns"]]
    label = ask("calls_labels_create", call.id, body=generated.models.PostedLabelRequest.from_dict(POSTED_LABEL))
    assert (label.outcome, label.source) == ("won", "api")
    [score] = ask("calls_predictions_list", call.id)
    assert (score.conversion_probability, score.band) == (call.conversion_probability, "A")
    assert ask("calls_retrieve", 0).error.code == "not_found"
