"""Erasures: who asked for them, how far they are, and what went, in counts alone."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from calls.people import Team, User


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def visible_to(self, user: User) -> Self:
        return self if user.sees_all else self.none()

    def open(self) -> Self:
        return self.filter(state=Erasure.State.ASKED)

    def free(self) -> Self:
        """Open, and in nobody's hands: its message was lost, its worker died, or it waits for a batch to end."""
        return self.open().filter(Q(lease_until=None) | Q(lease_until__lt=Now()))


class Erasure(models.Model):
    """One customer, or the calls of a team whose days are over.

    What the customer is known by stays until all is gone, so that a worker that was killed can be followed by another;
    then the row keeps the number, the time, who asked, and the counts.
    """

    class Why(models.TextChoices):
        CUSTOMER = "customer", "A customer was to be erased"
        RETENTION = "retention", "The team's days were over"

    class State(models.TextChoices):
        ASKED = "asked"
        DONE = "done"

    why = models.CharField(max_length=16, choices=Why)
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    customer_number = models.PositiveBigIntegerField(null=True, help_text="The customer's id, which nobody has again.")
    external_id = models.CharField(max_length=200, blank=True, help_text="Until all is gone.")
    words = models.JSONField(default=list, help_text="By which texts are known to name the customer; until then, too.")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+")
    before = models.DateTimeField(null=True, help_text="Calls of the team that began earlier go.")
    counts = models.JSONField(default=dict, help_text="How many rows of each table went, and what else.")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveIntegerField(default=0, help_text="Starts; whoever carries it out knows the number.")
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_erasure", fields=["customer_number"], condition=Q(why="customer", state="asked")
            ),
            models.UniqueConstraint(
                name="one_open_retention", fields=["team"], condition=Q(why="retention", state="asked")
            ),
            models.CheckConstraint(
                name="erasure_keeps_no_names", condition=Q(state="asked") | Q(external_id="", words=[])
            ),
            models.CheckConstraint(
                name="erasure_of_a_customer_or_of_old_calls",
                condition=Q(why="customer", customer_number__isnull=False, before=None)
                | Q(why="retention", customer_number=None, before__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"

    @property
    def in_words(self) -> str:
        went = ", ".join(f"{number:,} {name}" for name, number in self.counts.items() if number)
        return f"Erased: {went}." if went else "Nothing was erased yet."
