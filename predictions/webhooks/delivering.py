"""Sends messages: each taken by one worker, tried for a day, every attempt written down."""

import json
import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Now, RowNumber

from calls import leases
from calls.transcripts.redaction import redact
from predictions.webhooks.addresses import AddressRefused, Resolve, resolve
from predictions.webhooks.models import ANSWER_SHOWN, OutboxEvent, Webhook, WebhookAttempt, WebhookDelivery
from predictions.webhooks.posting import NO_ANSWER, Answer, post
from predictions.webhooks.signing import SecretUnreadable, headers

# Before the second attempt, the third and so on: about a day together.
PAUSES = tuple(
    timedelta(minutes=minutes) for minutes in (0.5, 5, 25, 60, 2.5 * 60, 4 * 60, 8 * 60, 8 * 60)
)  # fmt: skip
TRIED_FOR = sum(PAUSES, timedelta(hours=1))  # then it has failed, however few attempts there could be
LEFT_ALONE = timedelta(seconds=30)  # after nobody answered: else one dead server would keep every worker waiting
KEPT = timedelta(days=30)
SWEPT_OF_EACH = 100  # messages of one webhook, so that a long row of one keeps no other from its turn
LOST = "The worker was lost before there was an answer."
SECRET_LIKE = re.compile(r"[\w+/=~.-]{20,}")
READABLE = ("application/json", "application/problem+json", "text/plain")
WAITING, DELIVERED = WebhookDelivery.State.WAITING, WebhookDelivery.State.DELIVERED


@dataclass(frozen=True)
class Result:
    status: int | None = None
    error: str = ""
    answer: str = ""
    latency_ms: float = 0.0

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def deliver(delivery_id: int, resolve: Resolve = resolve) -> None:
    """One attempt. Safe to run twice; one that a killed worker had begun is made again when its lease has run out."""
    delivery = claim(delivery_id)
    if delivery is None:
        return
    if OutboxEvent.objects.visible_to(delivery.webhook.owner).filter(pk=delivery.event_id).exists():
        with leases.kept(partial(prolong, delivery)):
            result = attempt(delivery, resolve)
        keep(delivery, result)
    else:
        delivery.log.filter(number=delivery.attempts).delete()
        held(delivery).update(state=WebhookDelivery.State.WITHHELD, finished_at=Now(), lease_until=None)


def held(delivery: WebhookDelivery) -> QuerySet[WebhookDelivery]:
    """This one, unless another worker took over."""
    return WebhookDelivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=WAITING)


def prolong(delivery: WebhookDelivery) -> None:
    held(delivery).filter(lease_until__isnull=False).update(lease_until=leases.lease())


@transaction.atomic
def claim(delivery_id: int) -> WebhookDelivery | None:
    due = WebhookDelivery.objects.due().filter(pk=delivery_id)
    if not due.update(attempts=F("attempts") + 1, lease_until=leases.lease()):
        return None
    delivery = WebhookDelivery.objects.select_related("event", "webhook__owner").get(pk=delivery_id)
    if delivery.log.filter(number=delivery.attempts - 1, error=LOST).exists():
        leases.say_again(f"message {delivery.event.message_id}", delivery.attempts, len(PAUSES) + 1)
    WebhookAttempt.objects.create(delivery=delivery, number=delivery.attempts, error=LOST)
    return delivery


def attempt(delivery: WebhookDelivery, resolve: Resolve) -> Result:
    """No transaction is open while the other side takes its time."""
    body = body_of(delivery.event)
    started = time.monotonic()
    try:
        signed = headers(delivery.webhook, delivery.event.message_id, body, datetime.now(UTC))
        result = result_of(post(delivery.webhook.url, body.encode(), signed, resolve))
    except (AddressRefused, SecretUnreadable) as error:
        result = Result(error=str(error))
    except NO_ANSWER as error:
        result = Result(error=f"No answer: {type(error).__name__}.")
    return replace(result, latency_ms=(time.monotonic() - started) * 1000)


def body_of(event: OutboxEvent) -> str:
    """The same at each attempt."""
    told = {"type": event.type, "timestamp": event.created_at.isoformat(), "id": event.message_id, "data": event.data}
    return json.dumps(told, ensure_ascii=False)


def result_of(answer: Answer) -> Result:
    result = Result(status=answer.status)
    if answer.is_success:
        return result
    error = "Redirects are not followed." if 300 <= answer.status < 400 else f"Answered {answer.status}."
    return replace(result, error=error, answer=without_secrets(answer))


def without_secrets(answer: Answer) -> str:
    """The beginning of a refusal in plain words, without what is long enough to be a key, and without personal data."""
    if answer.content_type not in READABLE:
        return ""
    text = answer.start[: 8 * ANSWER_SHOWN].decode(errors="replace")
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return redact(SECRET_LIKE.sub("…", " ".join(printable.split())))[:ANSWER_SHOWN]


@transaction.atomic
def keep(delivery: WebhookDelivery, result: Result) -> None:
    """Unless another worker took over."""
    if not held(delivery).update(lease_until=None, **what_next(delivery, result)):
        return
    written = {"status": result.status, "error": result.error, "answer": result.answer}
    delivery.log.filter(number=delivery.attempts).update(latency_ms=result.latency_ms, **written)
    webhook = Webhook.objects.filter(pk=delivery.webhook_id)
    if result.is_taken:
        webhook.update(failing_since=None, paused_until=None)
        return
    webhook.filter(failing_since=None).update(failing_since=Now())
    if result.status is None:
        webhook.update(paused_until=Now() + LEFT_ALONE)


def what_next(delivery: WebhookDelivery, result: Result) -> dict[str, object]:
    if result.is_taken:
        return {"state": DELIVERED, "finished_at": Now()}
    if delivery.tries > len(PAUSES):
        return {"state": WebhookDelivery.State.FAILED, "finished_at": Now()}
    return {"due_at": Now() + PAUSES[delivery.tries - 1]}


def replay(delivery: WebhookDelivery) -> None:
    """From the first attempt on, under the same id; what is being sent at this moment is left alone."""
    from predictions.tasks import deliver_event  # noqa: PLC0415  # the task's module imports this one

    again = {"state": WAITING, "due_at": Now(), "tried_since": Now(), "attempts_before": F("attempts")}
    if WebhookDelivery.objects.free().filter(pk=delivery.pk).update(finished_at=None, lease_until=None, **again):
        deliver_event.delay_on_commit(delivery.pk)


def sweep(now: datetime | Now | None = None) -> None:
    """What is due, what a lost message or a killed worker left lying, what was tried for long enough, what is old."""
    from predictions.tasks import deliver_event, fan_out_events  # noqa: PLC0415  # the tasks' module imports this one

    now = now or Now()
    patience = timedelta(seconds=settings.LEASE_SECONDS)
    if OutboxEvent.objects.waiting().filter(created_at__lt=now - patience).exists():
        fan_out_events.delay_on_commit()
    over = WebhookDelivery.objects.free().filter(state=WAITING, tried_since__lt=now - TRIED_FOR)
    over.update(state=WebhookDelivery.State.FAILED, finished_at=Now(), lease_until=None)
    for pk, attempts in overdue(now - patience):
        if cache.add(f"webhook-queued:{pk}:{attempts}", True, settings.LEASE_SECONDS):
            deliver_event.delay_on_commit(pk)
    OutboxEvent.objects.filter(created_at__lt=now - KEPT).delete()


def overdue(patient_until: datetime | Combinable) -> list[tuple[int, int]]:
    """A first attempt is on its way by a message of its own; each later one waits for this."""
    due = WebhookDelivery.objects.due()
    again = due.filter(Q(attempts__gt=F("attempts_before")) | Q(due_at__lt=patient_until))
    place = Window(RowNumber(), partition_by=[F("webhook")], order_by=[F("due_at"), F("pk")])
    foremost = again.annotate(place=place).filter(place__lte=SWEPT_OF_EACH)
    return list(foremost.order_by("place", "due_at").values_list("pk", "attempts"))
