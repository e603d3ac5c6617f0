"""Webhooks that lead to this machine, which the setting allows, and a pair of hands for due deliveries."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models.functions import Now

from calls.models import Team, User
from predictions.models import Webhook, WebhookDelivery
from predictions.webhooks import delivering, fanning_out
from tests import factories
from tests.api_client import API, client_of
from tests.predictions import watching
from tests.predictions.webhooks.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def allowed(settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.WEBHOOK_TIMEOUT_SECONDS = 60.0  # on a busy machine, too, whoever answers does so in time


@pytest.fixture
def crm(team: Team) -> User:
    return factories.user("crm", role=User.Role.INTEGRATION, teams=[team])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def hook(crm: User) -> Callable[..., Webhook]:
    return lambda receiver, **fields: watching.webhook(fields.pop("owner", crm), url=receiver.url, **fields)


@pytest.fixture
def work_off(db) -> Callable[[], None]:
    """What the workers would do by and by: whatever is due, now or later."""

    def work() -> None:
        fanning_out.fan_out()
        Webhook.objects.update(paused_until=None)
        WebhookDelivery.objects.filter(state="waiting").update(due_at=Now())
        for pk in WebhookDelivery.objects.order_by("pk").values_list("pk", flat=True):
            delivering.deliver(pk)

    return work


@pytest.fixture
def api_of_crm(crm: User) -> Callable[[str], dict[str, Any]]:
    client = client_of(crm)
    return lambda path: client.get(f"{API}{path}").json()
