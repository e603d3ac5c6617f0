"""Counts what failed and left a trace: runs, promotions, scores, insights, alerts, webhooks."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Sum

from mltraining.models import ModelVersion, Promotion, TrainingRun
from predictions.insights import writing
from predictions.insights.providers import EXTRACTIVE
from predictions.models import Alert, Insight, InsightAttempt, ScoringAttempt, Webhook

if TYPE_CHECKING:
    from predictions.monitoring import Number, Window

INSIGHT_TAKES = timedelta(minutes=15)  # after a score; later than that it failed, or nobody works


def failed_runs(window: "Window", now: datetime) -> Iterator["Number"]:
    finished = TrainingRun.objects.filter(**window.holds("finished_at"))
    yield "failed_runs", finished.filter(state=TrainingRun.State.FAILED).count(), finished.count()


def failed_promotions(window: "Window", now: datetime) -> Iterator["Number"]:
    finished = Promotion.objects.filter(**window.holds("finished_at"))
    yield "failed_promotions", finished.filter(state=Promotion.State.FAILED).count(), finished.count()


def untold_alerts(window: "Window", now: datetime) -> Iterator["Number"]:
    opened = Alert.objects.filter(**window.holds("opened_at"))
    yield "untold_alerts", opened.exclude(untold_by=[]).count(), opened.count()


def failing_webhooks(window: "Window", now: datetime) -> Iterator["Number"]:
    if window.end > now:
        yield "failing_webhooks", Webhook.objects.failing(now).count(), Webhook.objects.in_use().count()


def missing_insights(window: "Window", now: datetime) -> Iterator["Number"]:
    """A model that fails stores nothing: what is counted is the calls whose score is older than an insight takes."""
    due = writing.newest_scores(before=now - INSIGHT_TAKES).filter(**window.holds("created_at"))
    if count := due.count():
        yield "insights_missing_share", due.filter(~writing.HAS_INSIGHT).count() / count, count


def dropped_quotes(window: "Window", now: datetime) -> Iterator["Number"]:
    """Of what language models quoted, what nobody had said."""
    written = Insight.objects.exclude(model=EXTRACTIVE).filter(**window.holds("created_at"))
    found = written.aggregate(kept=Sum("quotes_kept"), dropped=Sum("quotes_dropped"), count=Count("pk"))
    if quoted := (found["kept"] or 0) + (found["dropped"] or 0):
        yield "insights_invented_share", found["dropped"] / quoted, found["count"]


def set_aside(version: ModelVersion, window: "Window", now: datetime) -> Iterator["Number"]:
    if window.end > now:
        count = ScoringAttempt.objects.set_aside().filter(version=version).count()
        yield "set_aside_calls", count, count


def set_aside_insights(window: "Window", now: datetime) -> Iterator["Number"]:
    if window.end > now:
        count = InsightAttempt.objects.broken().count()
        yield "set_aside_insights", count, count
