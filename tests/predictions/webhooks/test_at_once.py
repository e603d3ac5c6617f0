"""Tasks that come twice, at the same moment: one delivery."""

import pytest
from django.db import connections

from calls.models import Team, User
from predictions.models import OutboxEvent, WebhookDelivery
from predictions.webhooks import delivering, fanning_out
from tests import factories
from tests.at_once import at_once
from tests.predictions import watching
from tests.predictions.webhooks.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crm():
    yield factories.user("crm", role=User.Role.INTEGRATION, teams=[Team.objects.create(name="North")])
    connections.close_all()


def test_a_message_that_comes_twice_at_once_is_sent_once(crm):
    with receiving() as receiver:
        sent = watching.delivery(crm, webhook=watching.webhook(crm, url=receiver.url))
        at_once(4, lambda: delivering.deliver(sent.pk))
    sent.refresh_from_db()
    assert (len(receiver.received), sent.attempts, sent.state) == (1, 1, "delivered")
    assert sent.log.count() == 1


def test_an_event_that_is_fanned_out_twice_at_once_makes_one_delivery(crm):
    watching.webhook(crm)
    for number in range(20):
        OutboxEvent.objects.create(type="alert.opened", key=f"{number}", data={})
    at_once(4, fanning_out.fan_out)
    assert WebhookDelivery.objects.count() == 20
    assert not OutboxEvent.objects.waiting().exists()
