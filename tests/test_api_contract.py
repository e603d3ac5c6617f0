"""What the OpenAPI description promises holds for whatever is sent to the real server, step after step over HTTP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connections

from calls.models import Batch
from mltraining.models import ModelVersion, TrainingRun
from salesconv.celery import app
from tests import factories
from tests.api_client import client_of
from tests.predictions import watching
from tests.real_server import serving

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def rows(transactional_db, django_db_reset_sequences, empty_cache, admin):
    """One of each, so that what is found in a list can be asked for."""
    factories.call(rep=admin, customer=factories.customer(), outcome="won")
    Batch.objects.create(by=admin, total=1)
    watching.delivery(admin, webhook=watching.webhook(admin))
    for state in ("active", "candidate"):
        run = TrainingRun.objects.create(state=TrainingRun.State.SUCCEEDED)
        ModelVersion.objects.create(run=run, state=state, verdict=ModelVersion.Verdict.READY, format_version=1)
    yield
    app.control.purge()
    connections.close_all()


def test_the_api_keeps_its_contract(rows, admin, tmp_path):
    token = client_of(admin)._credentials["HTTP_AUTHORIZATION"]
    environment = {"PREDICT_WAIT_SECONDS": "0", "MIN_LABELS_PER_CLASS": "0", "SPOOL_DIR": str(tmp_path / "spool")}
    with serving(tmp_path / "server.log", **environment) as url:
        program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{url}/api/schema/"]
        done = subprocess.run(
            [*program, "--header", f"Authorization:{token}"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(CONFIG.parents[1])},
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
