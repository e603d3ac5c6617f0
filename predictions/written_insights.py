"""What a chain said of one call, kept once for each input."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from calls.models import Call, User
from predictions.guesses import awaiting_guess


class InsightQuerySet(models.QuerySet["Insight"]):
    def revealed_to(self, user: User) -> Self:
        """An insight is made from the score and tells what moved it, also by what it leaves out."""
        return self.exclude(call__in=awaiting_guess(user))


class Insight(models.Model):
    """What a chain said of one call; holds words of that call only."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="insights")
    kind = models.CharField(max_length=32)
    prompt_version = models.CharField(max_length=32)
    input_hash = models.CharField(max_length=64)
    model = models.CharField(max_length=200)
    instead_of = models.CharField(
        max_length=200, blank=True, help_text="Why the language model that is set gave no answer; extractive then."
    )
    content = models.JSONField(help_text="The chain's schema as JSON; every quote carries its turn.")
    quotes_kept = models.PositiveIntegerField(default=0)
    quotes_dropped = models.PositiveIntegerField(default=0)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="By the prices that are set.")
    latency_ms = models.FloatField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = InsightQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "kind", "prompt_version", "input_hash"], name="one_insight_per_input"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.call}"
