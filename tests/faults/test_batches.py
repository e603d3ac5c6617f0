"""A batch ends whole, whatever happens to its workers."""

import json

import pytest

from calls.models import Batch, BatchRow, Call
from calls.tasks import sweep
from tests.api_client import API, client_of, posted_call
from tests.faults.crew import blocked, soon

pytestmark = pytest.mark.faults
CALLS = 60


@pytest.mark.fault("A worker killed in the middle of a batch of 60 calls")
def test_a_batch_whose_worker_is_killed_in_the_middle_loses_and_doubles_nothing(crew, admin, trial):
    lines = "\n".join(json.dumps(posted_call(external_id=f"call-{number}", rep=...)) for number in range(CALLS))
    client_of(admin).post(f"{API}batches/", lines, content_type="application/x-ndjson")
    with blocked("calls_batchrow") as waiting:
        crew.start("default")
        soon(waiting)
        crew.kill()
    soon(Batch.objects.overdue().exists)
    assert not Call.objects.exists()
    sweep.delay()
    crew.start("default")
    soon(Batch.objects.filter(state=Batch.State.DONE).exists)
    trial.settle(
        (f"call-{number}" for number in range(CALLS)), list(Call.objects.values_list("external_id", flat=True))
    )
    assert BatchRow.objects.filter(state=BatchRow.State.TAKEN).count() == Call.objects.count() == CALLS
