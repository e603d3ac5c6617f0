"""Rules for risks, as an admin tunes them, and the risks that were found in calls."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.utils import timezone

from calls.history import tracked
from calls.models import Call, User
from predictions.guesses import awaiting_guess

LOOKED_BACK = timedelta(days=180)


@tracked(model_name="RiskRuleEvent")
class RiskRule(models.Model):
    """One kind of risk: whether people are shown it, and how long after the call."""

    class Kind(models.TextChoices):
        NO_PRICE = "no price", "Price not mentioned"
        NO_NEXT_STEP = "no next step", "No next step"
        SILENT = "silent", "Customer silent"
        FALLING = "falling", "Score falls"

    MEANINGS = {
        Kind.NO_PRICE: "No call with this customer so far holds a phrase of a price tracker.",
        Kind.NO_NEXT_STEP: "The insight of the call names no next step.",
        Kind.SILENT: "No further call with this customer has come since.",
        Kind.FALLING: "The score is 15 points or more below that of the call before, by the same version.",
    }

    kind = models.CharField(max_length=16, choices=Kind, unique=True, editable=False)
    is_on = models.BooleanField("on", default=True, help_text="Whether people are shown such risks.")
    delay_days = models.PositiveSmallIntegerField(
        "delay", default=0, help_text="Days after the call before the risk is shown; a new call ends the wait."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="delay_ends_in_time", condition=Q(delay_days__lt=LOOKED_BACK.days)),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def meaning(self) -> str:
        return self.MEANINGS[self.Kind(self.kind)]


class RiskQuerySet(models.QuerySet["Risk"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(call__in=Call.objects.visible_to(user)).revealed_to(user)

    def revealed_to(self, user: User) -> Self:
        """But for those that would give away a score which the person is to guess first.

        A missing next step comes from the insight, which is made from the score. That a score falls tells two scores:
        of the call, and of one before it with the same customer.
        """
        awaiting = awaiting_guess(user)
        told = self.exclude(rule__kind=RiskRule.Kind.NO_NEXT_STEP, call__in=awaiting)
        customers = awaiting.exclude(customer=None).values("customer")
        return told.exclude(rule__kind=RiskRule.Kind.FALLING, call__customer__in=customers)

    def due(self, now: datetime) -> Self:
        """To be looked at: the rule is on, its delay is over, and the call is still the last word.

        Rows say what is true of a call; switching a rule or changing its delay shows or hides them at once.
        """
        delay = ExpressionWrapper(F("rule__delay_days") * Value(timedelta(days=1)), DurationField())
        waited = self.filter(rule__is_on=True, call__started_at__lte=Value(now) - delay, dismissed_at=None)
        return waited.worth_a_look(now)

    def dismissed(self, now: datetime) -> Self:
        return self.filter(dismissed_at__isnull=False).worth_a_look(now)

    def worth_a_look(self, now: datetime) -> Self:
        """After half a year without an outcome there is nothing left to save."""
        return self.filter(call__in=Call.objects.awaiting_outcome().filter(started_at__gte=now - LOOKED_BACK))


class Risk(models.Model):
    """Something true of a call that endangers its deal; the row goes when it is true no more."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="risks")
    rule = models.ForeignKey(RiskRule, models.CASCADE, related_name="risks")
    detail = models.CharField(max_length=200, blank=True, help_text="In numbers; never words of the call.")
    found_at = models.DateTimeField(auto_now_add=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RiskQuerySet.as_manager()

    class Meta:
        ordering = ["rule", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_risk_of_a_kind", fields=["call", "rule"]),
            models.CheckConstraint(
                name="only_dismissed_by_somebody", condition=Q(dismissed_by=None) | Q(dismissed_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["rule", "call"], name="risk_open", condition=Q(dismissed_at=None))]

    def __str__(self) -> str:
        return f"{self.rule} in {self.call}"

    @property
    def is_silence(self) -> bool:
        return self.rule.kind == RiskRule.Kind.SILENT

    def dismiss(self, by: User) -> bool:
        """False: somebody else did so before; that one stays named."""
        return self.change({"dismissed_at": timezone.now(), "dismissed_by": by}, is_dismissed=False)

    def restore(self) -> bool:
        return self.change({"dismissed_at": None, "dismissed_by": None}, is_dismissed=True)

    def change(self, values: dict[str, object], *, is_dismissed: bool) -> bool:
        there = Risk.objects.filter(pk=self.pk, dismissed_at__isnull=not is_dismissed)
        changed = bool(there.update(**values))
        self.refresh_from_db()
        return changed


class RiskCheck(models.Model):
    """When the risks of a call were last looked for; without it nobody could tell a calm call from a forgotten one."""

    call = models.OneToOneField(Call, models.CASCADE, related_name="risk_check")
    checked_at = models.DateTimeField()
    changes_known = models.PositiveIntegerField(default=0, db_default=0, help_text="Changes of trackers before it.")

    def __str__(self) -> str:
        return f"risks of {self.call}"
