"""From what happened to whom it is told: those who asked for it and may see it."""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models.functions import Now

from predictions.webhooks.models import OutboxEvent, Webhook, WebhookDelivery

AT_ONCE = 200


def fan_out() -> None:
    """Safe to run twice, or twice at once: an event is worked off by the one who locks it."""
    while fan_out_some():
        pass


@transaction.atomic
def fan_out_some() -> int:
    from predictions.tasks import deliver_event  # noqa: PLC0415  # the task's module imports this one

    waiting = OutboxEvent.objects.select_for_update(skip_locked=True).waiting()
    events = list(waiting.order_by("pk")[:AT_ONCE])
    made = WebhookDelivery.objects.bulk_create(deliveries(events)) if events else []
    OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(fanned_out_at=Now())
    for delivery in made:
        deliver_event.delay_on_commit(delivery.pk)
    return len(events)


def deliveries(events: Sequence[OutboxEvent]) -> Iterator[WebhookDelivery]:
    for webhook in Webhook.objects.in_use().select_related("owner"):
        wanted = [event.pk for event in events if event.type in webhook.events]
        if wanted:
            seen = OutboxEvent.objects.filter(pk__in=wanted).visible_to(webhook.owner).order_by("pk")
            yield from (WebhookDelivery(event=event, webhook=webhook) for event in seen)
