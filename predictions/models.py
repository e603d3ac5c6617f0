"""What the active version says of calls, and what is watched about it. Guesses, risks, scorecards and webhooks
stand in files of their own and are exported here."""

from datetime import datetime
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Abs, Now
from pgvector.django import HnswIndex, VectorField

from calls import clock
from calls.history import tracked
from calls.models import Call, User
from calls.progress import Timed
from mltraining.models import ModelVersion
from predictions.guesses import Guess, awaiting_guess
from predictions.insight_attempts import InsightAttempt
from predictions.insight_jobs import InsightJob, ReadCall
from predictions.live.models import LiveCall
from predictions.model_uses import ModelUse
from predictions.risks.models import Risk, RiskCheck, RiskRule
from predictions.saved_views import SavedView
from predictions.scorecards.models import Answer, Scorecard
from predictions.scorecards.templates import Question, ScorecardTemplate
from predictions.scoring_attempts import ScoringAttempt
from predictions.shown_scores import SCORES_LOCK, SHOWN_AS_WRITTEN, ServingVersion, ShownScore
from predictions.webhooks.models import OutboxEvent, Webhook, WebhookAttempt, WebhookDelivery
from predictions.written_insights import Insight, InsightQuerySet

__all__ = [
    "Alert",
    "Answer",
    "Band",
    "Embedding",
    "Guess",
    "Insight",
    "InsightAttempt",
    "InsightJob",
    "InsightQuerySet",
    "LiveCall",
    "MetricPoint",
    "ModelUse",
    "OutboxEvent",
    "Prediction",
    "PredictionQuerySet",
    "Preview",
    "PreviewedScore",
    "Question",
    "ReadCall",
    "Risk",
    "RiskCheck",
    "RiskRule",
    "SavedView",
    "Scorecard",
    "ScorecardTemplate",
    "ScoringAttempt",
    "ServingVersion",
    "ShownScore",
    "Tracker",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
]


@tracked(model_name="BandEvent")
class Band(models.Model):
    """A letter for a range of probability; an admin edits the limits."""

    letter = models.CharField(max_length=1, unique=True)
    lower = models.FloatField(help_text="The lowest probability of this band, 0 to 1.")

    class Meta:
        ordering = ["-lower"]
        constraints = [
            models.CheckConstraint(name="band_is_probability", condition=Q(lower__gte=0, lower__lt=1)),
            # Asked at the end of a transaction: a limit may move to where another one was a moment ago.
            models.UniqueConstraint(
                name="one_band_from_each_limit", fields=["lower"], deferrable=models.Deferrable.DEFERRED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter} from {self.lower:.0%}"


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def visible_to(self, user: User) -> Self:
        """Of calls that the person may see, but for the own ones that are to be guessed first."""
        return self.filter(call__in=Call.objects.visible_to(user)).revealed_to(user)

    def revealed_to(self, user: User) -> Self:
        """But for those of calls of which the person is to guess the score first."""
        return self.exclude(call__in=awaiting_guess(user))

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def newest_of_each_call(self) -> Self:
        """One of each call; filter before, as the database picks among what is left."""
        return self.filter(is_partial=False).order_by("call_id", "-created_at", "-pk").distinct("call_id")

    def before_outcome(self) -> Self:
        """Of each call the last probability that was given before its outcome became known."""
        known = self.filter(probability__isnull=False, created_at__lt=F("call__outcome_known_at"))
        return known.exclude(call__outcome="").newest_of_each_call()

    def shown_of(self, call: Call) -> Self:
        """The one that the call shows, if it has any."""
        return self.filter(pk__in=ShownScore.objects.filter(call=call).values("prediction"))

    def as_of(self, moment: datetime) -> Self:
        return self.filter(created_at__lte=moment)

    def with_before(self) -> Self:
        """Of whole calls, each with `before_id` and `before_band`: of the score that the call had before, if any."""
        whole = self.filter(is_partial=False)
        earlier = Prediction.objects.filter(call=OuterRef("call"), pk__lt=OuterRef("pk"), is_partial=False)
        newest = earlier.order_by("-pk")[:1]
        return whole.annotate(before_id=Subquery(newest.values("pk")), before_band=Subquery(newest.values("band")))

    def where_band_crossed(self, *, crossed: bool) -> Self:
        """Of those `with_before`; no band, for want of evidence, is another band, too. A first score crosses none."""
        is_crossed = Q(before_id__isnull=False) & ~Q(before_band=F("band"))
        return self.filter(is_crossed if crossed else ~is_crossed)


class Prediction(models.Model):
    """One score of one call by one version; never overwritten.

    Numbers follow the order of commit: whoever has read up to one has missed none below it.
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="predictions")
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="predictions")
    input_hash = models.CharField(max_length=64)
    probability = models.FloatField(null=True, blank=True)
    band = models.CharField(max_length=1, blank=True)
    reason = models.CharField(
        max_length=64, blank=True, help_text='Why there is no probability: "not_enough_evidence".'
    )
    reasons = models.JSONField(
        default=list,
        help_text='[{"kind": "turn"|"feature", "name", "text", "value", "turn", "contribution"}], strongest first; '
        "contribution in log-odds, positive speaks for a conversion.",
    )
    curve = models.JSONField(default=list, help_text="The probability after each turn; null before enough evidence.")
    turns_seen = models.PositiveIntegerField()
    is_partial = models.BooleanField(default=False)
    latency_ms = models.FloatField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["call", "version", "input_hash"], name="one_score_per_input"),
            models.CheckConstraint(
                name="prediction_probability_in_range",
                condition=Q(probability=None) | Q(probability__gte=0, probability__lte=1),
            ),
        ]
        indexes = [
            models.Index(fields=["version", "created_at"]),
            models.Index(fields=["call", "-created_at"]),
            models.Index(fields=["call", "-id"]),
            # The newest of each call by a version, without a look at the rows.
            models.Index(
                name="prediction_newest",
                fields=["version", "call", "-created_at", "-id"],
                include=["probability", "band", "reason"],
                condition=Q(is_partial=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_overwritten", operation=pgtrigger.Update),
            # Before a number is drawn; held until the transaction ends.
            pgtrigger.Trigger(
                name="numbered_as_committed",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"{SCORES_LOCK} RETURN NULL;",
            ),
            SHOWN_AS_WRITTEN,
        ]

    def __str__(self) -> str:
        return f"{self.call}: {self.probability}"


class PreviewQuerySet(models.QuerySet["Preview"]):
    def under_way(self) -> Self:
        return self.filter(state__in=Preview.UNFINISHED, lease_until__gt=Now())


class Preview(Timed):
    """What a candidate would say of open calls, beside what the version that serves said of them; one for each.

    While it is made anew the result before stays: `against`, `open_calls`, `made_at` and `scores` change at its end.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    UNFINISHED = (State.ASKED, State.RUNNING)

    version = models.OneToOneField(ModelVersion, models.CASCADE, related_name="preview")
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    calls_done = models.PositiveIntegerField(default=0)
    calls_total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text="Starts; whoever holds it knows the number.")
    lease_until = models.DateTimeField(null=True, blank=True)

    against = models.ForeignKey(ModelVersion, models.CASCADE, null=True, blank=True, related_name="+")
    open_calls = models.PositiveIntegerField(default=0, help_text="With a score and without an outcome.")
    made_at = models.DateTimeField(null=True, blank=True)

    objects = PreviewQuerySet.as_manager()

    def __str__(self) -> str:
        return f"preview of {self.version}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNFINISHED and bool(self.lease_until and self.lease_until > clock.now())

    @property
    def has_stopped(self) -> bool:
        """Its message or its worker was lost; asking again starts it again."""
        return self.state in self.UNFINISHED and not self.is_under_way

    @property
    def progress(self) -> float:
        return self.calls_done / self.calls_total if self.calls_total else 0.0


class PreviewedScoreQuerySet(models.QuerySet["PreviewedScore"]):
    def visible_to(self, user: User) -> Self:
        seen = self.filter(before__call__in=Call.objects.visible_to(user))
        return seen.exclude(before__call__in=awaiting_guess(user))

    def by_movement(self) -> Self:
        """Those with a probability before and after, the largest difference first."""
        both = self.filter(probability__isnull=False, before__probability__isnull=False)
        return both.order_by(Abs(F("probability") - F("before__probability")).desc(), "pk")


class PreviewedScore(models.Model):
    """One call of a preview: it goes with its call, as the score does that it stands beside."""

    preview = models.ForeignKey(Preview, models.CASCADE, related_name="scores")
    before = models.ForeignKey(Prediction, models.CASCADE, related_name="+")
    probability = models.FloatField(null=True, blank=True, help_text="By the candidate; null: not enough evidence.")

    objects = PreviewedScoreQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="previewed_once", fields=["preview", "before"])]

    def __str__(self) -> str:
        return f"{self.before} then {self.probability}"


COSINE: dict[str, Any] = {"fields": ["vector"], "opclasses": ["vector_cosine_ops"]}


class EmbeddingQuerySet(models.QuerySet["Embedding"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(call__in=Call.objects.visible_to(user))

    def revealed_to(self, user: User) -> Self:
        """Whether a call lies near to won or to lost ones is what its score says, too."""
        return self.exclude(call__in=awaiting_guess(user))

    def of_calls(self) -> Self:
        return self.filter(window=None)

    def of_windows(self) -> Self:
        return self.exclude(window=None)


class Embedding(models.Model):
    """A vector of a whole call (window null) or of one window of it, by one version."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="embeddings")
    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="embeddings")
    window = models.PositiveIntegerField(null=True, blank=True)
    first_turn = models.PositiveIntegerField()
    last_turn = models.PositiveIntegerField()
    vector = VectorField(dimensions=settings.VECTOR_DIM)

    objects = EmbeddingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "version", "window"], name="one_vector_per_window", nulls_distinct=False
            ),
        ]
        indexes = [
            # Calls are few among their windows: in one index a search for calls would walk past all of those.
            HnswIndex(name="call_cosine", condition=Q(window=None), **COSINE),
            HnswIndex(name="window_cosine", condition=Q(window__isnull=False), **COSINE),
            models.Index(fields=["version", "window"]),
        ]

    def __str__(self) -> str:
        return f"{self.call} window {self.window}"


@tracked(model_name="TrackerEvent")
class Tracker(models.Model):
    """Words and phrases that the sales team watches for."""

    class Kind(models.TextChoices):
        TOPIC = "topic"
        COMPETITOR = "competitor"
        PRICE = "price"
        OBJECTION = "objection"
        BUYING_SIGNAL = "buying signal"
        NEXT_STEP = "next step"
        RISK = "risk"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=16, choices=Kind)
    phrases = models.JSONField(default=list, help_text="Words or phrases; capital letters do not matter.")
    language = models.CharField(
        max_length=8,
        blank=True,
        default="",
        db_default="",
        help_text="As calls have it, such as en or de. Empty: every language.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def watches(self, language: str) -> bool:
        """Whether it is asked of a call in this language; an empty one is not known."""
        return not self.language or language in ("", self.language)


class MetricPoint(models.Model):
    """One monitored number over one window of time, for one version."""

    name = models.CharField(max_length=64)
    version = models.ForeignKey(ModelVersion, models.CASCADE, null=True, blank=True, related_name="metric_points")
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    value = models.FloatField()
    count = models.PositiveIntegerField(default=0, help_text="How many calls the number rests on.")

    class Meta:
        ordering = ["-window_start", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version", "window_start"], name="one_point_per_window", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value:.3f}"


class Alert(models.Model):
    rule = models.CharField(max_length=64)
    version = models.ForeignKey(ModelVersion, models.CASCADE, null=True, blank=True, related_name="alerts")
    message = models.TextField()
    value = models.FloatField()
    untold_by = models.JSONField(default=list, help_text="Ways by which people could not be told.")
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "version"],
                name="one_open_alert",
                condition=Q(closed_at=None),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"
