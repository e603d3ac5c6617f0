"""Batches: many calls handed in with one request, and what became of each of its lines."""

from typing import Self

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Now

from calls.people import User


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> Self:
        """Everybody follows the batches that they handed in themselves."""
        return self if user.sees_all else self.filter(by=user)

    def counted(self) -> Self:
        """With how many lines were `taken`, were `present` before, and were `rejected`."""
        states = {state.value: Count("rows", filter=Q(rows__state=state)) for state in BatchRow.State}
        return self.annotate(**states)

    def overdue(self) -> Self:
        """Under way, and in nobody's hands any more: a message was lost or a worker died."""
        return self.filter(state=Batch.State.RECEIVED, lease_until__lt=Now())


class Batch(models.Model):
    class State(models.TextChoices):
        RECEIVED = "received"
        DONE = "done"
        FAILED = "failed"

    by = models.ForeignKey(User, models.CASCADE, related_name="batches")
    state = models.CharField(max_length=16, choices=State, default=State.RECEIVED)
    spool_name = models.CharField(max_length=200, blank=True, help_text="The encrypted lines, until all are read.")
    mapping = models.CharField(max_length=100, blank=True, help_text="By which the lines are read.")
    total = models.PositiveIntegerField(help_text="Lines.")
    done = models.PositiveIntegerField(default=0, help_text="Lines that were read, from the first on.")
    error = models.TextField(blank=True, help_text="Why the lines after those could not be read.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="At the lines after those; 0: nobody is at it.")
    lease_until = models.DateTimeField(null=True, help_text="For a worker, or for a message to reach one.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="batch_has_no_more_than_all", condition=Q(done__lte=models.F("total"))),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class BatchRow(models.Model):
    class State(models.TextChoices):
        TAKEN = "taken"
        PRESENT = "present"
        REJECTED = "rejected"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="The line, 1 for the first.")
    state = models.CharField(max_length=16, choices=State)
    call = models.ForeignKey("calls.Call", models.SET_NULL, null=True, related_name="+")
    error = models.JSONField(null=True, help_text='{"code", "message", "hint", "fields"} of a line that was rejected.')

    class Meta:
        ordering = ["batch", "number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="one_result_per_line")]

    def __str__(self) -> str:
        return f"line {self.number} of {self.batch}: {self.state}"
