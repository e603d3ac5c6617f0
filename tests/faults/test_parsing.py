"""An upload is read once and whole, whatever happens to messages and workers."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from calls import spool
from calls.models import Call
from calls.tasks import parse_call
from tests.faults.crew import RECOVERED_WITHIN, all_done, blocked, soon

pytestmark = pytest.mark.faults

FILE = b"Rep: Good morning, what do you need?\nCustomer: A tool for our reports.\nRep: Let me show you ours.\n"


@pytest.fixture
def upload(crew, admin) -> Call:
    """Handed in over the API: its message waits at the queue."""
    client = APIClient()
    client.force_authenticate(admin)
    data = {"source": "crm", "external_id": "1", "started_at": "2026-03-02T09:00:00Z", "customer": {"external_id": "c"}}
    form = {"file": SimpleUploadedFile("call.txt", FILE), "data": json.dumps(data)}
    receipt = client.post("/api/v1/calls/", form, format="multipart")
    assert receipt.status_code == 202, receipt.content
    return Call.objects.get(pk=receipt.json()["id"])


def has_become(call: Call, state: str) -> bool:
    return Call.objects.filter(pk=call.pk, state=state).exists()


def assert_read_once(call: Call) -> None:
    call.refresh_from_db()
    assert (call.state, call.spool_name, call.turn_count) == ("ready", "", 3)
    assert [turn.text for turn in call.turns.all()][1] == "A tool for our reports."
    assert spool.storage().listdir("")[1] == []


@pytest.mark.fault("A worker killed while parsing")
def test_a_call_whose_worker_is_killed_while_parsing_ends_ready(crew, upload, trial):
    with blocked("calls_turn") as waiting:
        crew.start("default")
        soon(waiting)
        crew.kill()
    assert has_become(upload, "received")
    assert not upload.turns.exists()
    crew.beat()
    crew.start("default")
    soon(lambda: has_become(upload, "ready") and not spool.storage().listdir("")[1])
    indexes = list(upload.turns.values_list("call", "index"))
    trial.settle([(upload.pk, index) for index in range(3)], indexes, within=RECOVERED_WITHIN)
    assert_read_once(upload)
    assert f"reading call {upload.pk} is taken up again: attempt 2 of 3" in crew.said()


@pytest.mark.fault("The same message delivered to two workers at once")
def test_one_message_delivered_twice_to_two_workers_reads_the_call_once(crew, upload, trial):
    parse_call.apply_async((upload.pk,), task_id="again")
    with blocked("calls_turn") as waiting:
        crew.start("default")
        crew.start("default")
        soon(waiting)
    trial.strikes()
    soon(lambda: all_done("default"))
    trial.settle([(upload.pk, index) for index in range(3)], list(upload.turns.values_list("call", "index")))
    assert_read_once(upload)
