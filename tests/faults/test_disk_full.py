"""A disk that is full: what does not fit is refused and leaves no half file, and all else goes on.

Full is what the process may write at most of one file: the kernel then says so just as for a disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest

from calls import spool
from calls.models import Call
from mltraining import training
from mltraining.models import ModelVersion
from predictions import scoring, serving
from tests import factories
from tests.api_client import API
from tests.faults.crew import all_done, soon
from tests.faults.orders import FILE, scored, scores, uploaded
from tests.faults.test_training import ended
from tests.small_models import WON, small_set

pytestmark = [pytest.mark.faults, pytest.mark.long]
LIMIT = 300_000  # bytes; logs are smaller, the arrays of a model larger


def limited(process: psutil.Process, limit: int) -> None:
    for each in [process, *process.children(recursive=True)]:
        _, most = each.rlimit(psutil.RLIMIT_FSIZE)
        each.rlimit(psutil.RLIMIT_FSIZE, (limit, most))


@contextmanager
def full(process: psutil.Process) -> Iterator[None]:
    limited(process, LIMIT)
    yield
    limited(process, psutil.RLIM_INFINITY)


def server_of(web: httpx.Client) -> psutil.Process:
    port = web.base_url.port
    return next(each for each in psutil.Process().children() if str(port) in " ".join(each.cmdline()))


@pytest.mark.fault("Disk full while an upload is stored")
def test_an_upload_that_does_not_fit_is_refused_and_leaves_nothing(crew, active, web, trial):
    with full(server_of(web)):
        refused = web.post(f"{API}calls/", files={"file": ("call.txt", FILE * 2_000)}, data={"data": data()})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable"), refused.text
        small = uploaded(web, 1).json()["id"]
    trial.strikes()
    assert list(Call.objects.values_list("pk", flat=True)) == [small]
    assert len(spool.storage().listdir("")[1]) == 1
    crew.start()
    soon(lambda: scored([small]))
    trial.settle([small], scores())


def data() -> str:
    return '{"source": "crm", "external_id": "large", "customer": {"external_id": "acme"}}'


@pytest.mark.fault("Disk full while an artefact is written")
def test_a_model_that_does_not_fit_is_refused_and_the_one_before_serves(crew, active, trial, tmp_path):
    small_set(12)
    worker = crew.start("gpu")
    limited(worker, LIMIT)
    run = training.request(None, {"encoder": "hashing", "tune": "none", "bootstraps": 30})
    trial.strikes()
    soon(lambda: ended(run) and all_done("gpu"))
    assert run.state == "failed"
    assert "File too large" in run.error
    assert ModelVersion.objects.get() == active
    assert [path.name for path in (tmp_path / "models").iterdir()] == [active.artefact]
    assert serving.served().version == active
    call = factories.call(WON).pk
    assert scoring.score([call]) == 1
    trial.settle([call], scores())
