"""API tokens: what a program shows in place of a password. Only their hashes are kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.history import tracked
from calls.people import User

PREFIX = "sc_"  # by which scanners for leaked secrets can know one
START = 8  # characters that are shown, so that people know which one is meant
USE_NOTED_EVERY = timedelta(minutes=1)


class Scope(models.TextChoices):
    """What a token may be used for: permissions in Django's names, each for one kind of object.

    They only narrow what the role and the teams of its holder allow.
    """

    VIEW_CALL = "calls.view_call", "See and search calls, with the score of each"
    ADD_CALL = "calls.add_call", "Hand calls in"
    VIEW_LABEL = "calls.view_label", "See the evidence about outcomes"
    ADD_LABEL = "calls.add_label", "Add evidence about outcomes"
    VIEW_CUSTOMER = "calls.view_customer", "See customers"
    EXPORT_CUSTOMER = "calls.export_customer", "See all that is held of a customer; admins only"
    DELETE_CUSTOMER = "calls.delete_customer", "Erase customers; admins only"
    VIEW_PREDICTION = "predictions.view_prediction", "See the history of scores"
    ADD_PREDICTION = "predictions.add_prediction", "Ask for scores of conversations that are not stored"
    ADD_INSIGHT = "predictions.add_insight", "Ask questions of calls, and for drafts and briefs"
    VIEW_RUN = "mltraining.view_trainingrun", "See trainings"
    ADD_RUN = "mltraining.add_trainingrun", "Start trainings"
    VIEW_VERSION = "mltraining.view_modelversion", "See model versions and their reports"
    CHANGE_VERSION = "mltraining.change_modelversion", "Promote, revert and retire model versions"
    VIEW_WEBHOOK = "predictions.view_webhook", "See webhooks and what was delivered to them"
    CHANGE_WEBHOOK = "predictions.change_webhook", "Make, test, replay and delete webhooks, and change their secrets"


class TokenQuerySet(models.QuerySet["Token"]):
    def usable(self, now: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=now)

    def revoke(self, now: datetime) -> int:
        """For good; one that was revoked before keeps its time."""
        return self.filter(revoked_at=None).update(revoked_at=now)


@tracked(fields=["user", "name", "scopes", "expires_at", "revoked_at"], model_name="TokenEvent")
class Token(models.Model):
    class State(models.TextChoices):
        USABLE = "usable"
        EXPIRED = "expired"
        REVOKED = "revoked"

    user = models.ForeignKey(
        User, models.CASCADE, related_name="tokens", help_text="The person or service account whose rights it has."
    )
    name = models.CharField(max_length=100, help_text="What it is for, and where it is kept.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token: it is long and random.")
    start = models.CharField(max_length=START, help_text="The first characters, to know it by.")
    scopes = ArrayField(models.CharField(max_length=50))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(name="token_is_good_for_something", condition=~Q(scopes=[]))]

    def __str__(self) -> str:
        return f"{self.start}… of {self.user}: {self.name}"

    @classmethod
    def issue(cls, user: User, name: str, *, scopes: list[str], days: int = 0) -> str:
        """The secret of a new token, which nobody can be told again; it holds for TOKEN_DAYS, or `days`."""
        token = cls(user=user, name=name, scopes=scopes, expires_at=end_after(days or settings.TOKEN_DAYS))
        secret = token.seal()
        token.save()
        return secret

    def seal(self) -> str:
        """Draws a secret for this row, which is not saved here, and keeps what it is known by."""
        secret = PREFIX + secrets.token_urlsafe(32)
        self.digest, self.start = digest_of(secret), secret[:START]
        return secret

    def state(self, now: datetime) -> "Token.State":
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.USABLE if self.expires_at > now else self.State.EXPIRED

    def note_use(self, now: datetime) -> None:
        """At most one write a minute, however many requests it carries."""
        due = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        if self.last_used_at is None or self.last_used_at < now - USE_NOTED_EVERY:
            Token.objects.filter(due, pk=self.pk).update(last_used_at=now)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def end_after(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)
