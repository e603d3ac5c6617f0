"""Drafts: what somebody uploaded, read and shown to them before any of it is kept as a call."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils import timezone

from calls.people import User
from calls.progress import Progress
from calls.transcripts.redaction import MARKS

KEPT = timedelta(days=2)


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, user: User) -> Self:
        """Only whoever uploaded it: nobody else has decided that it may be kept."""
        return self.filter(by=user) if user.is_active else self.none()

    def with_open_calls(self) -> Self:
        """Those of which something waits to be kept, with how many conversations that are: `open`."""
        wanted = Q(calls__state__in=(DraftCall.State.WAITING, DraftCall.State.READ))
        return self.annotate(open=Count("calls", filter=wanted)).filter(open__gt=0)

    def forgotten(self, now: datetime | Now) -> Self:
        return self.filter(created_at__lt=now - KEPT)


class Draft(models.Model):
    """One upload: a pasted conversation, or the files that were sent together."""

    by = models.ForeignKey(User, models.CASCADE, related_name="drafts")
    created_at = models.DateTimeField(db_default=Now(), editable=False, db_index=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"draft {self.pk}"

    @property
    def expires_at(self) -> datetime:
        return self.created_at + KEPT

    def reading(self, calls: Sequence["DraftCall"]) -> Progress:
        """How many of its files workers have read; what was refused at once, or came out of a file, is none."""
        waiting = sum(each.state == DraftCall.State.WAITING for each in calls)
        read = sum(each.state != DraftCall.State.WAITING and each.attempts > 0 for each in calls)
        return Progress(read, read + waiting, self.created_at.timestamp(), is_over=not waiting)


class DraftCallQuerySet(models.QuerySet["DraftCall"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(draft__in=Draft.objects.visible_to(user))

    def waiting(self) -> Self:
        """Not read yet, and in nobody's hands (any more)."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), state=DraftCall.State.WAITING)


@dataclass(frozen=True)
class Speaker:
    """Whoever has this name and role in a draft, in the order in which they begin to speak."""

    name: str
    role: str
    turns: int
    words: int


class DraftCall(models.Model):
    """One conversation of a draft, or one file that is still to be read or cannot be."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being read"
        READ = "read", "Not kept yet"
        REFUSED = "refused", "Cannot be read"
        KEPT = "kept", "Kept"

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="calls")
    number = models.PositiveIntegerField(help_text="1 for the first.")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True, help_text="Why it cannot be read, in the terms of the file.")
    file_name = models.CharField(max_length=200, blank=True)
    spool_name = models.CharField(max_length=200, blank=True, help_text="The encrypted file, until it is read.")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    content_hash = models.CharField(max_length=64, blank=True)
    turns = models.JSONField(default=list, help_text='Redacted: [{"speaker", "role", "text", "start", "end"}].')
    warnings = models.JSONField(default=list, help_text="As of a call.")
    language = models.CharField(max_length=8, blank=True)

    started_at = models.DateTimeField(default=timezone.now)
    rep = models.CharField(max_length=150, blank=True)
    deal = models.CharField(max_length=200, blank=True)
    customer = models.CharField(max_length=200, blank=True)
    customer_name = models.CharField(max_length=200, blank=True)
    call = models.ForeignKey("calls.Call", models.SET_NULL, null=True, related_name="+", help_text="What it became.")

    objects = DraftCallQuerySet.as_manager()

    class Meta:
        ordering = ["draft", "number"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="draft_call_numbered_once"),
            models.CheckConstraint(
                name="draft_call_spooled_until_read", condition=Q(state="waiting") | Q(spool_name="")
            ),
            models.CheckConstraint(name="draft_call_holds_words_until_kept", condition=Q(state="read") | Q(turns=[])),
        ]

    def __str__(self) -> str:
        return self.file_name or "The pasted conversation"

    @property
    def speakers(self) -> list[Speaker]:
        turns: Counter[tuple[str, str]] = Counter()
        words: Counter[tuple[str, str]] = Counter()
        for turn in self.turns:
            who = turn["speaker"], turn["role"]
            turns[who] += 1
            words[who] += len(turn["text"].split())
        return [Speaker(*who, turns=count, words=words[who]) for who, count in turns.items()]

    @property
    def word_count(self) -> int:
        return sum(len(turn["text"].split()) for turn in self.turns)

    @property
    def duration(self) -> float | None:
        """Seconds; None where no turn has a time."""
        ends = [turn["start"] if turn["end"] is None else turn["end"] for turn in self.turns]
        return max((end for end in ends if end is not None), default=None)

    @property
    def taken_out(self) -> dict[str, int]:
        """How often each mark of the redaction stands in it, in plain words."""
        text = " ".join(turn["text"] for turn in self.turns)
        return {kind: count for mark, kind in MARKS.items() if (count := text.count(mark))}

    @property
    def has_guessed_roles(self) -> bool:
        return any(warning["code"] == "roles_guessed" for warning in self.warnings)
