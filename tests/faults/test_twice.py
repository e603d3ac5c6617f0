"""Two beats, two workers that do everything, and each message delivered twice: everything has its effect once."""

import json

import pytest

from calls import erasing
from calls.models import Batch, BatchRow, Call
from mltraining import training
from mltraining.models import ModelVersion
from predictions.models import Insight, WebhookDelivery
from salesconv.queues import QUEUES
from tests import factories
from tests.api_client import API, client_of, posted_call
from tests.faults.crew import all_done, broker, soon
from tests.faults.orders import scores
from tests.faults.test_training import ended
from tests.predictions import watching
from tests.predictions.webhooks.receiver import receiving
from tests.small_models import WON, small_set

pytestmark = [pytest.mark.faults, pytest.mark.long]
LINES = 3


def handed_in(admin) -> tuple[list[int], Batch]:
    """Calls that are to be scored: of a batch, and some that are labelled already."""
    turns = [{"speaker": role, "role": role, "text": text} for role, text in WON]
    lines = (json.dumps(posted_call(external_id=f"call-{each}", rep=..., turns=turns)) for each in range(LINES))
    client_of(admin).post(f"{API}batches/", "\n".join(lines), content_type="application/x-ndjson")
    return [call.pk for call in small_set(12)], Batch.objects.get()


def delivered_twice() -> None:
    """Whatever waits at the queue."""
    for queue in QUEUES:
        for message in broker().lrange(queue, 0, -1):
            broker().lpush(queue, message)


def is_over(run, calls: int) -> bool:
    delivered = WebhookDelivery.objects.filter(state=WebhookDelivery.State.DELIVERED)
    is_read = Batch.objects.filter(state=Batch.State.DONE).exists()
    return ended(run) and is_read and Insight.objects.count() == delivered.count() == calls


def effects(told) -> list[tuple[str, int]]:
    """What was done, and for which call."""
    done = [("scored", call) for call in scores()]
    done += [("explained", call) for call in Insight.objects.values_list("call", flat=True)]
    return done + [("told", json.loads(got.body)["data"]["call"]["id"]) for got in told]


def two_of_each(crew) -> None:
    for _ in range(2):
        crew.beat("tests.faults.twice")
        crew.start(app="tests.faults.twice")


def assert_all_else_is_done_once(batch: Batch, run, active, erasure) -> None:
    assert BatchRow.objects.filter(batch=batch, state=BatchRow.State.TAKEN).count() == LINES
    assert ModelVersion.objects.exclude(pk=active.pk).get().run == run
    erasure.refresh_from_db()
    assert (erasure.state, erasure.attempts) == ("done", 1)


@pytest.mark.fault("Two beats and two workers, each message delivered twice")
def test_each_work_has_one_effect(crew, active, admin, trial):
    crew.environment |= {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
    known, batch = handed_in(admin)
    run = training.request(None, {"encoder": "hashing", "tune": "none", "bootstraps": 30})
    erasure = erasing.ask(customer := factories.customer("gone"), typed=str(customer), by=admin)
    with receiving() as receiver:
        watching.webhook(admin, url=receiver.url, events=["call.scored"])
        delivered_twice()
        trial.strikes()
        two_of_each(crew)
        soon(lambda: is_over(run, len(known) + LINES) and all_done())
    calls = Call.objects.values_list("pk", flat=True)
    wanted = [(what, call) for what in ("scored", "explained", "told") for call in calls]
    trial.settle(wanted, effects(receiver.received))
    assert_all_else_is_done_once(batch, run, active, erasure)
