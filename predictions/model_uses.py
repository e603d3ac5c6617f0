"""What was asked of language models: one row for each question, with its tokens and cost, and no word of any call."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

NOTHING = Decimal(0)


class ModelUseQuerySet(models.QuerySet["ModelUse"]):
    def of_today(self) -> Self:
        """Since midnight in UTC."""
        now = timezone.now()
        return self.filter(created_at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0))

    def spent(self) -> tuple[int, Decimal]:
        """Tokens read and written, and their cost. What is under way counts with what it may take."""
        found = self.aggregate(
            read=Coalesce(Sum("tokens_in"), 0),
            written=Coalesce(Sum("tokens_out"), 0),
            paid=Coalesce(Sum("cost"), NOTHING),
        )
        return found["read"] + found["written"], found["paid"]


class ModelUse(models.Model):
    """While the model thinks, the row holds what its answer may take; a killed worker leaves it at that."""

    kind = models.CharField(max_length=32)
    prompt_version = models.CharField(max_length=32)
    model = models.CharField(max_length=200)
    tokens_in = models.PositiveIntegerField()
    tokens_out = models.PositiveIntegerField()
    cost = models.DecimalField(
        max_digits=12, decimal_places=6, default=NOTHING, help_text="By the prices that are set."
    )
    latency_ms = models.FloatField(null=True, blank=True, help_text="Empty while the model thinks.")
    failure = models.CharField(max_length=32, blank=True, help_text="Why there was no usable answer.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = ModelUseQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.CheckConstraint(name="use_costs_nothing_or_more", condition=Q(cost__gte=0))]

    def __str__(self) -> str:
        return f"{self.kind} by {self.model}"
