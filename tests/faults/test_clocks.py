"""A worker whose clock is hours off takes nothing that others hold, ends nothing early, leaves nothing that is due."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now

from calls.models import Call
from predictions.insights import jobs
from predictions.live.models import LiveCall
from predictions.models import Insight, InsightJob, Prediction
from salesconv.queues import QUEUES
from tests.api_client import API, client_of
from tests.faults.crew import broker, soon
from tests.faults.orders import FILE, scored, scores
from tests.predictions.live.lines import opened

pytestmark = [pytest.mark.faults, pytest.mark.long]
SKEW = 7 * 3600  # seconds; longer than a message may be in a worker's hands before the queue hands it out again


def taken(admin, number: int, lease: timedelta) -> tuple[int, int]:
    """A call and a question that a worker began with, whose lease ends then; no message tells of them."""
    data = f'{{"source": "crm", "external_id": "{number}", "customer": {{"external_id": "acme"}}}}'
    form = {"file": SimpleUploadedFile("call.txt", FILE), "data": data}
    call = client_of(admin).post(f"{API}calls/", form, format="multipart").json()["id"]
    job = jobs.ask(InsightJob.Kind.ASK, admin, question="What do they want to sign?").pk
    Call.objects.filter(pk=call).update(attempts=1, lease_until=Now() + lease)
    InsightJob.objects.filter(pk=job).update(state="running", attempts=1, lease_until=Now() + lease)
    broker().delete(*QUEUES)
    return call, job


def is_done(call: int, job: int) -> bool:
    return scored([call]) and Insight.objects.filter(call=call).exists() and attempts_of(job) == ("done", 2)


def attempts_of(job: int) -> tuple[str, int]:
    return InsightJob.objects.values_list("state", "attempts").get(pk=job)


def assert_untouched(call: int, job: int) -> None:
    assert Call.objects.values_list("state", "attempts").get(pk=call) == ("received", 1)
    assert attempts_of(job) == ("running", 1)


def assert_dated_by_the_database() -> None:
    for model in (Prediction, Insight):
        dated = model.objects.filter(created_at__range=(Now() - timedelta(hours=1), Now()))
        assert dated.count() == model.objects.count() > 0


@pytest.mark.fault("A worker whose clock is seven hours fast or slow")
@pytest.mark.parametrize("skew", [SKEW, -SKEW])
def test_leases_and_terms_go_by_the_clock_of_the_database(crew, active, admin, trial, skew):
    held, due = taken(admin, 1, timedelta(minutes=10)), taken(admin, 2, timedelta(seconds=-1))
    live = opened(admin)
    crew.environment |= {"SKEW_SECONDS": str(skew)}
    crew.beat()
    trial.strikes()
    crew.start(app="tests.faults.skewed")
    soon(lambda: is_done(*due))
    assert_untouched(*held)
    assert LiveCall.objects.get(pk=live.pk).is_running
    Call.objects.update(lease_until=Now())
    InsightJob.objects.update(lease_until=Now())
    soon(lambda: is_done(*held))
    trial.settle([held[0], due[0]], scores())
    assert_dated_by_the_database()
