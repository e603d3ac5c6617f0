"""docs/integrations.md and docs/webhooks.md do what they say: their lines run as they stand there, one page after the
other, with a real server and a real worker."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings as current
from django.db import connections

from calls.models import Batch, Call, Team, Token, User
from mltraining import subprocess_run
from predictions import serving
from predictions.models import Band, InsightJob, ModelUse
from salesconv.celery import app
from salesconv.queues import QUEUES
from tests import factories, small_language_model, small_models
from tests.real_server import free_port

ROOT = Path(current.BASE_DIR)
PAGES = "\n".join((ROOT / "docs" / page).read_text() for page in ("integrations.md", "webhooks.md"))
LINES = re.findall(r"^```sh\n(.*?)^```", PAGES, re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="its lines are curl's")


@pytest.fixture
def worker(transactional_db, empty_cache, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.WEBHOOK_ALLOWED_NETWORKS, settings.WEBHOOK_TIMEOUT_SECONDS = ["127.0.0.0/8"], 60.0
    Band.objects.all().delete()  # whether a transactional test finds the migrations' rows depends on those before it
    Band.objects.create(letter="A", lower=0.0)
    serving.forget()
    small_models.version()
    app.control.purge()
    with start_worker(app, pool="solo", queues=QUEUES, perform_ping_check=False, shutdown_timeout=30):
        yield
    serving.forget()
    connections.close_all()


@pytest.fixture
def crm(transactional_db) -> User:
    return factories.user("crm", role=User.Role.INTEGRATION, teams=[Team.objects.create(name="North")])


@pytest.fixture
def language_model(settings, monkeypatch) -> Iterator[str]:
    """A model of one's own, as the page sets it; the workers start after it."""
    with small_language_model.asked(settings, monkeypatch) as model:
        yield model


def ran(url: str, folder: Path, lines: Sequence[str] = LINES) -> str:
    """What the lines print, and each of them as it is run."""
    script = "\n".join(["set -eux -o pipefail", *lines]).replace("http://127.0.0.1:8000", url)
    script = script.replace("8765", str(free_port()))
    script = script.replace("manage.py", str(ROOT / "manage.py"))
    environment = subprocess_run.environment() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_newcomer_gets_from_a_token_to_a_score(worker, crm, live_server, tmp_path):
    said = ran(live_server.url, tmp_path)
    token = Token.objects.get()
    assert (token.user, token.name) == (crm, "nightly transfer")
    assert token.last_used_at
    assert [row.state for row in Batch.objects.get().rows.all()] == ["taken", "rejected", "taken"]
    assert '"added":2,"present":0,"open":0,"unknown":1,"rejected":0' in said
    assert '"added":1,"present":0,"open":1,"unknown":0,"rejected":0' in said
    assert Call.objects.get(source="zoom").deal == "deal-14"
    assert Call.objects.get(external_id="call-4720").turn_count == 2
    assert "event: score" in said
    call = Call.objects.get(external_id="call-4711")
    assert f"{call.predictions.get().probability}" in said


@small_language_model.needed
def test_with_a_model_of_ones_own_a_question_is_answered_by_it(language_model, worker, crm, live_server, tmp_path):
    asking = [lines for lines in LINES if lines.startswith(("field()", "TOKEN=", "CALL=", "ASKED="))]
    said = ran(live_server.url, tmp_path, asking)
    job = InsightJob.objects.get()
    assert (job.model, job.instead_of) == (language_model, "")
    assert str(job.content["is_said"]) in said
    assert ModelUse.objects.filter(failure="").exists()
