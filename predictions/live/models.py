"""A call that runs: what is known of it, its turns so far, and what happened in it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.db.models.functions import Now

from calls.models import Call, Comment, Customer, Team, Turn, User
from mltraining.models import ModelVersion

MISSING_SHOWN = 100
TOLD_FOR = timedelta(days=1)  # how long a sweep looks after a call that ended


class LiveCallQuerySet(models.QuerySet["LiveCall"]):
    def visible_to(self, user: User) -> Self:
        """As calls: own ones, those that the person opened, those of the teams that the role opens; all for admins."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.sees_all:
            return self
        return self.filter(Q(rep=user) | Q(opened_by=user) | Q(team__in=user.seen_teams))

    def running(self) -> Self:
        return self.filter(state=LiveCall.State.RUNNING)

    def silent(self) -> Self:
        """Running, and nobody added a turn for a long time."""
        patience = timedelta(minutes=settings.LIVE_IDLE_MINUTES)
        return self.running().filter(last_turn_at__lt=Now() - patience)

    def behind(self) -> Self:
        """With turns that no worker has heard, or ended without anybody being told."""
        unheard = LiveTurn.objects.filter(live_call=OuterRef("pk"), sequence=OuterRef("heard"))
        told = LiveEvent.objects.filter(live_call=OuterRef("pk"), kind=LiveEvent.Kind.FINISHED)
        ended = Q(~Exists(told), ended_at__gt=Now() - TOLD_FOR)
        return self.filter(Q(Exists(unheard), state=LiveCall.State.RUNNING) | ended)


class LiveCall(models.Model):
    """Gone with its call or its customer. Its turns are only here while it runs; then the call has them."""

    class State(models.TextChoices):
        RUNNING = "running"
        FINISHED = "finished"
        DROPPED = "dropped"  # ended without a word

    source = models.CharField(max_length=100)
    external_id = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    opened_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="opened_live_calls")
    rep = models.ForeignKey(User, models.SET_NULL, null=True, related_name="live_calls")
    rep_name = models.CharField(max_length=150, blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="live_calls")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="live_calls")
    customer_fields = models.JSONField(help_text="The customer as delivered, for the call that this becomes.")
    deal = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    opened_at = models.DateTimeField(auto_now_add=True)
    last_turn_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    call = models.OneToOneField(Call, models.CASCADE, null=True, related_name="live")
    speakers = models.JSONField(default=dict, help_text="Keyed hash of a label -> name and role.")

    heard = models.PositiveIntegerField(default=0, help_text="Turns without a gap that are in the score below.")
    version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="+")
    probability = models.FloatField(null=True)
    band = models.CharField(max_length=1, blank=True)
    curve = models.JSONField(default=list, help_text="The probability after each turn heard; null: not enough yet.")
    moves = models.JSONField(default=list, help_text="By how much each turn heard moved it, in log-odds.")
    highest = models.FloatField(default=0.0, help_text="Probability since the last risk of falling was told.")

    is_concealed = False  # on a list: the score is not for whoever reads it

    objects = LiveCallQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="live_call_opened_once"),
            models.CheckConstraint(
                name="live_call_finished_has_call",
                condition=Q(state="finished", call__isnull=False) | (~Q(state="finished") & Q(call__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["state", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.source}/{self.external_id}"

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING

    def missing(self) -> list[int]:
        """Sequence numbers below the highest that never came, the lowest hundred of them."""
        found: dict[str, Any] = self.turns.aggregate(count=Count("pk"), last=Max("sequence"))
        if not found["count"] or found["count"] == found["last"] + 1:
            return []
        present = set(self.turns.values_list("sequence", flat=True))
        return [number for number in range(found["last"]) if number not in present][:MISSING_SHOWN]

    def conceals_score_from(self, user: User) -> bool:
        """A rep whose team asks for guesses first must not read the answer while the call runs."""
        return self.rep_id == user.pk and bool(user.team and user.team.guesses_since)


class LiveTurn(models.Model):
    """Cleaned and redacted; without words where nothing else was said in it."""

    live_call = models.ForeignKey(LiveCall, models.CASCADE, related_name="turns")
    sequence = models.PositiveIntegerField(help_text="0 for the first turn.")
    speaker = models.CharField(max_length=100)
    role = models.CharField(max_length=16, choices=Turn.Role)
    text = models.TextField(blank=True)
    start = models.FloatField(null=True)
    end = models.FloatField(null=True)

    thread: Sequence[Comment] = ()  # of comments, as a turn of a call has it
    speaks: str = ""  # as of a turn of a call

    class Meta:
        ordering = ["live_call", "sequence"]
        constraints = [models.UniqueConstraint(fields=["live_call", "sequence"], name="live_turn_once")]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}"

    @property
    def index(self) -> int:
        return self.sequence


class LiveEvent(models.Model):
    class Kind(models.TextChoices):
        SCORE = "score"
        BAND_CROSSED = "band_crossed"
        TRACKER_HIT = "tracker_hit"
        RISK = "risk"
        FINISHED = "finished"

    TELLS_SCORE = (Kind.SCORE, Kind.BAND_CROSSED, Kind.RISK)

    live_call = models.ForeignKey(LiveCall, models.CASCADE, related_name="events")
    sequence = models.PositiveIntegerField(help_text="1 for the first event.")
    kind = models.CharField(max_length=16, choices=Kind)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["live_call", "sequence"]
        constraints = [models.UniqueConstraint(fields=["live_call", "sequence"], name="live_event_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.sequence} of {self.live_call}"
