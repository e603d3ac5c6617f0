"""A message reaches its webhook, whatever happens to workers; whoever gets it twice knows it by its id."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from calls.models import User
from predictions.models import OutboxEvent, WebhookDelivery
from predictions.tasks import deliver_event, sweep
from predictions.webhooks.delivering import LOST
from tests import factories
from tests.faults.crew import RECOVERED_WITHIN, all_done, hours_pass, soon
from tests.predictions import watching
from tests.predictions.webhooks.receiver import answered, receiving, silent

pytestmark = pytest.mark.faults


@pytest.fixture
def crm(crew) -> User:
    crew.environment |= {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "WEBHOOK_TIMEOUT_SECONDS": "60"}
    return factories.user("crm", role=User.Role.INTEGRATION)


def is_delivered() -> bool:
    return WebhookDelivery.objects.filter(state=WebhookDelivery.State.DELIVERED).exists()


@pytest.mark.fault("A worker killed while delivering a webhook")
def test_a_message_whose_worker_is_killed_while_it_is_sent_is_sent_once_more_under_the_same_id(crew, crm, trial):
    with receiving(silent, answered(200)) as receiver:
        sent = watching.delivery(crm, webhook=watching.webhook(crm, url=receiver.url))
        deliver_event.delay(sent.pk)
        crew.start("webhooks")
        soon(lambda: receiver.received)
        crew.kill()
        crew.beat()
        crew.start("default", "webhooks")
        soon(is_delivered)
        hours_pass()  # the message that the dead held comes back, and finds nothing to do
        soon(lambda: all_done("webhooks"))
    again = [got.headers["webhook-id"] for got in receiver.received[1:]]
    trial.settle([sent.event.message_id], again, within=RECOVERED_WITHIN)
    assert f"message {sent.event.message_id} is taken up again: attempt 2 of 9" in crew.said()
    assert [got.headers["webhook-id"] for got in receiver.received] == [sent.event.message_id] * 2
    assert list(sent.log.values_list("status", "error")) == [(None, LOST), (200, "")]


@pytest.mark.fault("A message lost on its way to the queue")
def test_an_event_whose_message_was_lost_is_told_all_the_same(crew, crm, trial):
    with receiving() as receiver:
        watching.webhook(crm, url=receiver.url)
        event = OutboxEvent.objects.create(type="alert.opened", key="1", data={})
        OutboxEvent.objects.update(created_at=Now() - timedelta(minutes=5))
        sweep.delay()
        trial.strikes()
        crew.start("default", "webhooks")
        soon(lambda: is_delivered() and all_done("default", "webhooks"))
    trial.settle([event.message_id], [got.headers["webhook-id"] for got in receiver.received])
