"""Where to tell it, what is to be told, and how that went."""

from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from calls.history import replaced, tracked
from calls.models import Call, User
from predictions.webhooks.kinds import Kind

LONGEST_URL = 500
FAILING_AFTER = timedelta(hours=1)  # without anything taken
ANSWER_SHOWN = 200  # characters of a refusal


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: User) -> Self:
        """The own ones; all of them for admins."""
        return self if user.sees_all else self.filter(owner=user.pk)

    def in_use(self) -> Self:
        return self.filter(is_on=True, owner__is_active=True)

    def answering(self) -> Self:
        """In use, and not left alone for a moment because nobody answered."""
        return self.in_use().filter(Q(paused_until=None) | Q(paused_until__lt=Now()))

    def failing(self, now: datetime) -> Self:
        return self.in_use().filter(failing_since__lt=now - FAILING_AFTER)


@tracked(
    replaced("secret", "secret changed"),
    fields=["owner", "name", "url", "events", "is_on"],
    model_name="WebhookEvent",
)
class Webhook(models.Model):
    """An address that is told of events. It is never switched off by itself: a person does that."""

    class State(models.TextChoices):
        ON = "on"
        FAILING = "failing"
        OFF = "off"

    owner = models.ForeignKey(
        User, models.CASCADE, related_name="webhooks", help_text="It is told what this account may see."
    )
    name = models.CharField(max_length=100, help_text="What it is for.")
    url = models.CharField(max_length=LONGEST_URL)
    events = ArrayField(models.CharField(max_length=32, choices=Kind.choices))
    secret = models.BinaryField(help_text="Encrypted.")
    secret_before = models.BinaryField(default=b"", help_text="Encrypted; signs, too, until the time below.")
    secret_before_until = models.DateTimeField(null=True, blank=True)
    is_on = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first failure after the last success.")
    paused_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(name="webhook_is_told_something", condition=~Q(events=[]))]

    def __str__(self) -> str:
        return self.name

    def state(self, now: datetime) -> "Webhook.State":
        if not self.is_on:
            return self.State.OFF
        failing = self.failing_since is not None and self.failing_since < now - FAILING_AFTER
        return self.State.FAILING if failing else self.State.ON


class OutboxEventQuerySet(models.QuerySet["OutboxEvent"]):
    def visible_to(self, user: User) -> Self:
        """Of scores and calls that the account may see; what is about no call is told to everybody who is active."""
        from predictions.models import Prediction  # noqa: PLC0415  # that module exports this one's models

        if not user.is_active:
            return self.none()
        of_score = Q(prediction__in=Prediction.objects.visible_to(user))
        of_call = Q(prediction=None, call__in=Call.objects.visible_to(user))
        return self.filter(of_score | of_call | Q(prediction=None, call=None))

    def waiting(self) -> Self:
        """Nobody worked out yet who is to be told."""
        return self.filter(fanned_out_at=None)


def new_message_id() -> str:
    return f"msg_{uuid4().hex}"


class OutboxEvent(models.Model):
    """Something that happened, written in the transaction in which it did. It goes with its call."""

    message_id = models.CharField(max_length=40, unique=True, default=new_message_id, editable=False)
    type = models.CharField(max_length=32)
    key = models.CharField(max_length=200, help_text="By which the same effect is known, and told once.")
    call = models.ForeignKey(Call, models.CASCADE, null=True, related_name="+")
    prediction = models.ForeignKey("predictions.Prediction", models.CASCADE, null=True, related_name="+")
    data = models.JSONField(help_text="As the API shows the row; no words of a call.")
    created_at = models.DateTimeField(db_default=Now(), editable=False, db_index=True)
    fanned_out_at = models.DateTimeField(null=True)

    objects = OutboxEventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="effect_told_once", fields=["type", "key"])]
        indexes = [models.Index(fields=["id"], name="event_waiting", condition=Q(fanned_out_at=None))]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(webhook__in=Webhook.objects.visible_to(user))

    def free(self) -> Self:
        """In nobody's hands."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=Now()))

    def due(self) -> Self:
        """Every condition stands on a column of its own row: of two workers the second looks at it anew."""
        return self.free().filter(
            state=WebhookDelivery.State.WAITING, due_at__lte=Now(), webhook__in=Webhook.objects.answering()
        )


class WebhookDelivery(models.Model):
    """One event for one webhook."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"
        WITHHELD = "withheld"  # the owner may not see it any more

    event = models.ForeignKey(OutboxEvent, models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0, help_text="Begun; whoever holds it knows the number.")
    attempts_before = models.PositiveIntegerField(default=0, help_text="Of those, before it was last replayed.")
    due_at = models.DateTimeField(db_default=Now())
    tried_since = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(name="one_delivery_for_each", fields=["event", "webhook"])]
        indexes = [models.Index(fields=["due_at"], name="delivery_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"

    @property
    def tries(self) -> int:
        """Since it was made or last replayed."""
        return self.attempts - self.attempts_before


class WebhookAttempt(models.Model):
    """One request and what came of it."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="log")
    number = models.PositiveIntegerField()
    status = models.PositiveIntegerField(null=True, help_text="Of HTTP; null without an answer.")
    latency_ms = models.FloatField(null=True)
    error = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=ANSWER_SHOWN, blank=True, help_text="How a refusal began, without secrets.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="one_line_for_each_attempt", fields=["delivery", "number"])]

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.status or self.error}"
