"""Webhooks made, tested, switched off and on, and their secrets changed."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from calls.models import User
from calls.refusal import Refusal
from predictions.webhooks.addresses import checked_url
from predictions.webhooks.kinds import TEST
from predictions.webhooks.models import OutboxEvent, Webhook, WebhookDelivery
from predictions.webhooks.signing import new_secret, sealed

MOST_WEBHOOKS = 20  # of one account
OVERLAP = timedelta(hours=24)


class WebhookRefused(Refusal):
    """It cannot be made."""

    code = "webhook_refused"


def create(owner: User, name: str, url: str, events: Iterable[str]) -> tuple[Webhook, str]:
    """With its secret, which nobody can be told again. Raises AddressRefused or WebhookRefused."""
    made = Webhook(owner=owner, name=name, url=url, events=sorted(set(events)))
    return made, keep(made)


@transaction.atomic
def keep(webhook: Webhook) -> str:
    """Writes a new row with a secret, and tells that. Raises AddressRefused or WebhookRefused."""
    User.objects.select_for_update().get(pk=webhook.owner_id)  # two at once are counted one after the other
    check(webhook.owner, webhook.url)
    secret = new_secret()
    webhook.secret = sealed(secret)
    webhook.save(force_insert=True)
    return secret


def check(owner: User, url: str) -> None:
    checked_url(url)
    if owner.webhooks.count() >= MOST_WEBHOOKS:
        hint = "Delete one that is not needed any more."
        raise WebhookRefused(f"An account has at most {MOST_WEBHOOKS} webhooks.", hint=hint)


def rotate(webhook: Webhook) -> str:
    """The new secret; for a day both sign, so that the other side can change over without losing a message."""
    secret = new_secret()
    with transaction.atomic():
        locked = Webhook.objects.select_for_update().get(pk=webhook.pk)
        locked.secret_before, locked.secret = locked.secret, sealed(secret)
        locked.secret_before_until = timezone.now() + OVERLAP
        locked.save(update_fields=["secret", "secret_before", "secret_before_until"])
    webhook.refresh_from_db()
    return secret


@transaction.atomic
def send_test(webhook: Webhook) -> WebhookDelivery:
    """An event for this webhook alone; it waits where the webhook is off."""
    from predictions.tasks import deliver_event  # noqa: PLC0415  # the task's module imports these ones

    data = {"webhook": webhook.pk, "name": webhook.name}
    event = OutboxEvent.objects.create(type=TEST, key=uuid4().hex, data=data, fanned_out_at=Now())
    delivery = WebhookDelivery.objects.create(event=event, webhook=webhook)
    deliver_event.delay_on_commit(delivery.pk)
    return delivery


def switch(webhooks: "QuerySet[Webhook] | Sequence[Webhook]", *, on: bool) -> int:
    """Nothing is written down for one that is off; what waits goes on when it is on again."""
    keys = [webhook.pk for webhook in webhooks]
    changed = Webhook.objects.filter(pk__in=keys, is_on=not on)
    return changed.update(is_on=on, failing_since=None, paused_until=None)
