"""Training runs, the versions they make, and the promotions of those versions."""

from collections.abc import Sequence
from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from calls.history import tracked
from calls.models import Call, Outcome
from calls.progress import Timed


class TrainingRunQuerySet(models.QuerySet["TrainingRun"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=TrainingRun.UNFINISHED)

    def abandoned(self) -> Self:
        """Queued and never started, or running with a lease that ran out."""
        return self.unfinished().filter(Q(lease_until=None) | Q(lease_until__lt=Now()))

    def timed(self, encoder: str, device: str) -> Self:
        """Finished ones of which it is known how long their parts took, with that encoder and device in their
        configuration."""
        done = self.filter(state=TrainingRun.State.SUCCEEDED, config__encoder=encoder, config__device=device)
        return done.filter(pace__has_key="speed").order_by("-pk")


class TrainingRun(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        SKIPPED = "skipped"
        FAILED = "failed"

    class Stage(models.TextChoices):
        PREPARE = "prepare"
        FINE_TUNE = "fine-tune"
        CLASSIFY = "classify"
        CALIBRATE = "calibrate"
        EVALUATE = "evaluate"
        REGISTER = "register"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    stage = models.CharField(max_length=16, choices=Stage, blank=True)
    progress = models.FloatField(default=0, help_text="0 to 1 over the whole run.")
    config = models.JSONField(default=dict, help_text="The whole TrainConfig of this run.")
    counts = models.JSONField(default=dict, blank=True, help_text='{"won", "lost", "customers"}')
    snapshot_hash = models.CharField(max_length=64, blank=True)
    pace = models.JSONField(
        default=dict,
        blank=True,
        help_text='{"device", "work"} once it is known what there is to do; at its end "seconds" by part, and "speed".',
    )
    expected_end = models.DateTimeField(null=True, blank=True, help_text="By its own steps so far.")
    error = models.TextField(blank=True)  # a sentence; below it the last lines that its process printed, if any
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["snapshot_hash"])]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.UNFINISHED

    @property
    def why_failed(self) -> str:
        """In a sentence."""
        return self.error.partition("\n")[0]

    @property
    def printed(self) -> str:
        """What its process printed last, where no sentence says all."""
        return self.error.partition("\n")[2]

    @property
    def seconds_left(self) -> float | None:
        """None unless it runs and knows what there is to do."""
        if self.state != self.State.RUNNING or self.expected_end is None:
            return None
        return max(0.0, (self.expected_end - timezone.now()).total_seconds())

    @property
    def tuned(self) -> str:
        """What of the encoder is tuned and why, in words; empty until it is known."""
        return str(self.pace.get("work", {}).get("why", ""))


class RunLogLine(models.Model):
    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="log")
    stage = models.CharField(max_length=16, choices=TrainingRun.Stage, blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> "ModelVersion | None":
        return self.filter(state=ModelVersion.State.ACTIVE).first()


@tracked(fields=["state"], model_name="ModelVersionEvent")
class ModelVersion(models.Model):
    class State(models.TextChoices):
        CANDIDATE = "candidate"
        ACTIVE = "active"
        RETIRED = "retired"

    class Verdict(models.TextChoices):
        READY = "ready", "Ready"
        OK = "ok", "OK"
        NOT_READY = "not_ready", "Not ready"

    run = models.OneToOneField(TrainingRun, models.PROTECT, related_name="version")
    state = models.CharField(max_length=16, choices=State, default=State.CANDIDATE)
    verdict = models.CharField(max_length=16, choices=Verdict)
    verdict_reasons = models.JSONField(default=list, help_text='[{"passed": bool, "text"}]')
    encoder = models.CharField(max_length=200)
    report = models.JSONField(default=dict)
    artefact = models.CharField(max_length=200, help_text="Folder in the models storage.")
    checksum = models.CharField(max_length=64)
    signature = models.CharField(max_length=64, db_default="", help_text="HMAC of artefact and checksum.")
    format_version = models.PositiveSmallIntegerField()
    call_ids = models.JSONField(default=list, help_text="The calls it was trained and evaluated on.")
    created_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True, blank=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], name="one_active_version", condition=Q(state="active")),
        ]

    def __str__(self) -> str:
        return f"version {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def base_rate(self) -> float | None:
        """The share of won calls among those that it learned from."""
        counts = self.report.get("counts") or {}
        total = (counts.get("won") or 0) + (counts.get("lost") or 0)
        return counts["won"] / total if total else None

    def doubt(self, rows: Sequence["LabelSuspect"]) -> None:
        """Writes unsaved rows as this version's; calls that were erased during its training are left out."""
        there = Call.objects.staying(row.call_id for row in rows)
        kept = [row for row in rows if row.call_id in there]
        for row in kept:
            row.version = self
        LabelSuspect.objects.bulk_create(kept)


class LabelSuspectQuerySet(models.QuerySet["LabelSuspect"]):
    def current(self) -> Self:
        """Those of the newest version that is not retired: it learned from the newest outcomes."""
        versions = ModelVersion.objects.exclude(state=ModelVersion.State.RETIRED)
        return self.filter(version=versions.order_by("-pk").values("pk")[:1])


class LabelSuspect(models.Model):
    """A recorded outcome that a training doubts, as its models say of the call when they have not learned from it."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="label_suspects")
    call = models.ForeignKey(Call, models.CASCADE, related_name="label_suspects")
    outcome = models.CharField(max_length=8, choices=Outcome, help_text="As recorded when the version was trained.")
    probability = models.FloatField(help_text="That the call is won, out of fold.")
    quality = models.FloatField(help_text="How well the recorded outcome fits the call, 0 to 1.")

    objects = LabelSuspectQuerySet.as_manager()

    class Meta:
        ordering = ["quality", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "call"], name="suspected_once_per_version")]

    def __str__(self) -> str:
        return f"{self.call} recorded as {self.outcome}"


@pghistory.track(
    pghistory.InsertEvent("asked for"),
    fields=["version", "previous", "action", "override", "requested_by"],
    model_name="PromotionEvent",
)
class Promotion(Timed):
    """One request to change what serves: an audit row, and the resumable job that prepares a version's vectors."""

    class Action(models.TextChoices):
        PROMOTE = "promote"
        REVERT = "revert"
        RETIRE = "retire"

    class State(models.TextChoices):
        WRITING_VECTORS = "writing vectors"
        DONE = "done"
        FAILED = "failed"

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="promotions")
    previous = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, blank=True, related_name="+")
    action = models.CharField(max_length=16, choices=Action)
    state = models.CharField(max_length=16, choices=State)
    override = models.TextField(blank=True, help_text="Why a version that is not ready was promoted all the same.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    calls_done = models.PositiveIntegerField(default=0)
    calls_total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], name="one_running_promotion", condition=Q(state="writing vectors")
            ),
            models.CheckConstraint(name="promotion_within_total", condition=Q(calls_done__lte=F("calls_total"))),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.version}"

    @property
    def progress(self) -> float:
        return self.calls_done / self.calls_total if self.calls_total else 0.0
