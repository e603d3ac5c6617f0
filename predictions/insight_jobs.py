"""What a person asks of calls: an answer, a draft or a brief, made by a worker from calls that the person may see."""

from datetime import timedelta
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from calls.models import Call, Customer, User

LONGEST_QUESTION = 500
KEPT = timedelta(days=7)


class InsightJobQuerySet(models.QuerySet["InsightJob"]):
    def visible_to(self, user: User) -> Self:
        """Own ones, while every call that was read for them, and what they are about, may still be seen."""
        seen = Call.objects.visible_to(user)
        hidden = ReadCall.objects.exclude(call__in=seen).values("job")
        about_call = Q(call=None) | Q(call__in=seen)
        about_customer = Q(customer=None) | Q(customer__in=Customer.objects.visible_to(user))
        return self.filter(about_call, about_customer, by=user).exclude(pk__in=hidden)

    def unfinished(self) -> Self:
        return self.filter(state__in=InsightJob.UNFINISHED)

    def stopped(self) -> Self:
        """The message or the worker was lost."""
        return self.unfinished().filter(lease_until__lt=Now())

    def outdated(self) -> Self:
        return self.filter(created_at__lt=Now() - KEPT)


class InsightJob(models.Model):
    class Kind(models.TextChoices):
        ASK = "ask"
        FOLLOW_UP = "follow_up"
        CALL_BRIEF = "call_brief"

    class State(models.TextChoices):
        ASKED = "asked"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    UNFINISHED = (State.ASKED, State.RUNNING)

    by = models.ForeignKey(User, models.CASCADE, related_name="insight_jobs")
    kind = models.CharField(max_length=16, choices=Kind)
    question = models.CharField(max_length=LONGEST_QUESTION, blank=True)
    call = models.ForeignKey(Call, models.CASCADE, null=True, blank=True, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    attempts = models.PositiveIntegerField(default=0, help_text="Starts; whoever holds it knows the number.")
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    content = models.JSONField(
        default=dict, help_text="The chain's schema as JSON; every quote names its call and turn."
    )
    model = models.CharField(max_length=200, blank=True)
    prompt_version = models.CharField(max_length=32, blank=True)
    instead_of = models.CharField(max_length=200, blank=True, help_text="Why the language model gave no answer.")
    quotes_kept = models.PositiveIntegerField(default=0)
    quotes_dropped = models.PositiveIntegerField(default=0)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="By the prices that are set.")
    latency_ms = models.FloatField(null=True, blank=True)
    calls = models.ManyToManyField(Call, through="ReadCall", related_name="+")

    objects = InsightJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="job_is_about_what_its_kind_needs",
                condition=Q(kind="ask", customer=None) & ~Q(question="")
                | Q(kind="follow_up", call__isnull=False, customer=None, question="")
                | Q(kind="call_brief", call=None, customer__isnull=False, question=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.UNFINISHED

    @property
    def mail(self) -> str:
        """The draft as one text, of a follow-up."""
        content = self.content
        steps = [f"- {step['what']}" for step in content.get("next_steps", [])]
        parts = [content.get("opening", ""), *(f"- {point['text']}" for point in content.get("points", []))]
        if steps:
            parts += ["", "What comes next:", *steps]
        return "\n".join([*parts, "", content.get("closing", "")])


class ReadCall(models.Model):
    """One call whose words a job was given. With the call everything goes that was made of its words."""

    job = models.ForeignKey(InsightJob, models.CASCADE)
    call = models.ForeignKey(Call, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_row_for_each_call_read", fields=["job", "call"])]
        triggers = [
            pgtrigger.Trigger(
                name="erased_with_its_calls",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                func="DELETE FROM predictions_readcall WHERE job_id = OLD.job_id; "
                "DELETE FROM predictions_insightjob WHERE id = OLD.job_id; RETURN NULL;",
            )
        ]

    def __str__(self) -> str:
        return f"call {self.call_id} of {self.job_id}"
