"""While processes of two releases run, what one side cannot understand is refused by it and not lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from calls.models import Call
from predictions.models import Insight
from salesconv.celery import app
from salesconv.queues import QUEUES
from tests.api_client import API, client_of, posted_call
from tests.faults.crew import broker, soon
from tests.faults.orders import FILE, scored, scores
from tests.small_models import WON

pytestmark = [pytest.mark.faults, pytest.mark.long]


def as_a_file(admin) -> int:
    data = '{"source": "crm", "external_id": "file", "customer": {"external_id": "acme"}}'
    form = {"file": SimpleUploadedFile("call.txt", FILE), "data": data}
    return client_of(admin).post(f"{API}calls/", form, format="multipart").json()["id"]


def as_turns(admin) -> int:
    turns = [{"speaker": role, "role": role, "text": text} for role, text in WON]
    return client_of(admin).post(f"{API}calls/", posted_call(rep=..., turns=turns)).json()["id"]


def refused(crew, name: str, other: str) -> bool:
    said = crew.said()
    return f"unregistered task of type '{name}'" in said and other in said and "TypeError" in said


def is_done(calls: list[int]) -> bool:
    return scored(calls) and Insight.objects.filter(call__in=calls).count() == len(calls)


@pytest.mark.fault("A worker of another release: a task without a name, one with other arguments")
def test_what_an_older_worker_refuses_is_done_by_the_next_one(crew, active, admin, trial):
    calls = [as_a_file(admin), as_turns(admin)]
    crew.start(app="tests.faults.older")
    soon(lambda: refused(crew, "predictions.tasks.score_call", "calls.tasks.parse_call"))
    crew.kill()
    assert Call.objects.get(pk=calls[0]).state == "received"
    assert not Insight.objects.exists()
    crew.beat()
    crew.start()
    soon(lambda: is_done(calls))
    trial.settle(calls, scores())
    assert sorted(Insight.objects.values_list("call", flat=True)) == sorted(calls)


@pytest.mark.fault("Messages of another release: a task that is gone, arguments that are not taken any more")
def test_what_an_older_web_process_asks_in_its_own_way_is_done_all_the_same(crew, active, admin, trial):
    calls = [as_a_file(admin)]
    broker().delete(*QUEUES)
    app.send_task("calls.tasks.read_upload", (calls[0],))
    app.send_task("calls.tasks.parse_call", (calls[0], "call.txt"), {"encoding": "utf-8"})
    crew.start()
    soon(lambda: refused(crew, "calls.tasks.read_upload", "calls.tasks.parse_call"))
    trial.strikes()
    crew.beat()
    soon(lambda: is_done(calls))
    trial.settle(calls, scores())
