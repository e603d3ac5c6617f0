"""Decides by a table of rules what is wrong, and tells people once."""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from operator import gt, lt
from smtplib import SMTPException
from typing import Literal

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from mltraining.models import ModelVersion
from predictions.models import Alert, MetricPoint
from predictions.webhooks import telling
from predictions.webhooks.addresses import AddressRefused
from predictions.webhooks.posting import NO_ANSWER, post

log = logging.getLogger(__name__)

FRESH = timedelta(days=1)  # an older number says nothing about now
JSON = {"Content-Type": "application/json"}
WORSE = {"above": gt, "below": lt}


@dataclass(frozen=True)
class Rule:
    """Opens an alert when the metric is above or below its limit and rests on at least `minimum` calls."""

    name: str
    metric: str
    worse: Literal["above", "below"]
    limit: float
    minimum: int
    of_version: bool  # about the active version, or about the system
    message: str
    hint: str

    def broken_by(self, point: MetricPoint) -> bool:
        return bool(WORSE[self.worse](point.value, self.limit))

    def text(self, point: MetricPoint) -> str:
        return f"{self.message.format(value=point.value, count=point.count, limit=self.limit)} {self.hint}"


RULES = (
    Rule("calls wait to be parsed", "oldest_received_seconds", "above", 900, 0, False,
         "{count} calls wait to be parsed, the oldest for {value:.0f} s (limit {limit:.0f}).",
         "See whether the worker of the default queue runs."),
    Rule("uploads are rejected", "rejected_share", "above", 0.2, 10, False,
         "{value:.0%} of {count} deliveries of an hour were rejected (limit {limit:.0%}).",
         "The rejected calls name what was wrong in the file."),
    Rule("training fails", "failed_runs", "above", 0, 0, False,
         "{value:.0f} of {count} training runs of the day failed.",
         "The page of the run names the error."),
    Rule("promotion fails", "failed_promotions", "above", 0, 0, False,
         "{value:.0f} of {count} promotions of the day failed.",
         "The page of the version names the error; promote it again when that is mended."),
    Rule("alerts do not arrive", "untold_alerts", "above", 0, 0, False,
         "{value:.0f} of {count} alerts of the day could not be sent.",
         "The page of monitoring names the way that failed, the log the error."),
    Rule("webhooks fail", "failing_webhooks", "above", 0, 0, False,
         "{value:.0f} of {count} webhooks took nothing for an hour or more.",
         "The admin's list of webhooks names them: mend the other side, or switch them off."),
    Rule("insights are missing", "insights_missing_share", "above", 0.1, 10, False,
         "{value:.0%} of {count} calls that were scored today have no insight after a quarter of an hour.",
         "The workers' log names the calls and the kind of error."),
    Rule("insights are set aside", "set_aside_insights", "above", 0, 0, False,
         "{value:.0f} insights or searches for risks killed their worker or failed each time.",
         "The admin's list of insights set aside names the calls and why; what failed is tried again the next day, what"
         " killed its worker each time only when somebody sends it again."),
    Rule("calls are set aside", "set_aside_calls", "above", 0, 0, True,
         "{value:.0f} calls could not be scored.",
         "The admin's list of calls set aside names them; what failed is tried again after an hour, what killed its"
         " worker each time only when somebody sends it again."),
    Rule("calls wait for a score", "oldest_unscored_seconds", "above", 900, 0, True,
         "{count} calls wait for a score, the oldest for {value:.0f} s (limit {limit:.0f}).",
         "See whether a worker of the scoring queue runs."),
    Rule("scoring is slow", "latency_p95_ms", "above", 5000, 20, True,
         "One score in twenty took more than {value:.0f} ms in this hour (limit {limit:.0f}, {count} scores).",
         "Add scoring workers, or give them a GPU."),
    Rule("little evidence", "no_evidence_share", "above", 0.5, 20, True,
         "{value:.0%} of {count} calls of a week were too short to be scored (limit {limit:.0%}).",
         "See whether transcripts arrive whole and in the language of the model."),
    Rule("scores are stuck", "score_spread", "below", 0.02, 30, True,
         "The scores of {count} calls hardly differ: standard deviation {value:.3f} (limit {limit:.2f}).",
         "See whether texts and customer data arrive whole."),
    Rule("scores have moved", "score_psi", "above", 0.25, 100, True,
         "The scores of {count} calls are spread otherwise than in evaluation: PSI {value:.2f} (limit {limit:.2f}).",
         "See what changed in the calls; train again when outcomes are known."),
    Rule("score distribution has shifted", "score_ks", "above", 0.25, 100, True,
         "The scores of {count} calls lie apart from those of evaluation: KS {value:.2f} (limit {limit:.2f}).",
         "See what changed in the calls; train again when outcomes are known."),
    Rule("conversations have changed", "feature_psi", "above", 0.5, 100, True,
         "How people talk has changed over {count} calls: PSI {value:.2f} of one statistic (limit {limit:.2f}).",
         "See whether a new source tells speakers or times differently."),
    Rule("topics have changed", "centroid_distance", "above", 0.15, 50, True,
         "The texts of {count} calls have moved from those of training: distance {value:.2f} (limit {limit:.2f}).",
         "See whether a new product, language or source came in; train again."),
    Rule("worse than the base rate", "quality_brier_skill", "below", 0.0, 50, True,
         "Over {count} outcomes of four weeks the scores were worse than always answering the base rate.",
         "Revert to the version before, or train again."),
    Rule("hardly better than chance", "quality_auc", "below", 0.6, 50, True,
         "Over {count} outcomes of four weeks AUC was {value:.2f} (limit {limit:.2f}).",
         "Train again on recent calls."),
    Rule("probabilities are off", "quality_ece", "above", 0.15, 100, True,
         "Over {count} outcomes of four weeks probabilities were off by {value:.0%} on average (limit {limit:.0%}).",
         "Train again: calibration is renewed with each version."),
)  # fmt: skip


def decide(now: datetime) -> None:
    """An alert is open while the newest point of the last day that rests on enough calls breaks its rule."""
    active = ModelVersion.objects.active()
    Alert.objects.filter(closed_at=None, version__isnull=False).exclude(version=active).update(closed_at=now)
    for rule in RULES:
        if rule.of_version and active is None:
            continue
        version = active if rule.of_version else None
        point = newest(rule, version, now)
        if point and rule.broken_by(point):
            opened(rule, version, point)
        else:
            Alert.objects.filter(rule=rule.name, version=version, closed_at=None).update(closed_at=now)


def newest(rule: Rule, version: ModelVersion | None, now: datetime) -> MetricPoint | None:
    """The newest point that rests on enough calls to be judged."""
    points = MetricPoint.objects.filter(name=rule.metric, version=version, count__gte=rule.minimum)
    return points.filter(window_start__lte=now, window_end__gt=now - FRESH).order_by("-window_end").first()


def opened(rule: Rule, version: ModelVersion | None, point: MetricPoint) -> Alert:
    """The open alert of this rule; who opens it tells people, after commit: the database lets only one open."""
    defaults = {"message": rule.text(point), "value": point.value}
    with transaction.atomic():
        alert, is_new = Alert.objects.get_or_create(rule=rule.name, version=version, closed_at=None, defaults=defaults)
        if is_new:
            telling.opened(alert)
            transaction.on_commit(lambda: tell(alert))
    return alert


def tell(alert: Alert) -> None:
    """By every way that is set up. A way that fails is logged and kept, and keeps no other from being tried."""
    log.warning("Alert: %s. %s", alert.rule, alert.message)
    untold_by = [name for name, told in (("e-mail", to_email), ("webhook", to_webhook)) if not told(alert)]
    if untold_by:
        Alert.objects.filter(pk=alert.pk).update(untold_by=untold_by)


def to_email(alert: Alert) -> bool:
    """False if it was to be sent and could not be."""
    if settings.ALERT_EMAILS:
        try:
            send_mail(f"salesconv: {alert.rule}", alert.message, None, settings.ALERT_EMAILS)
        except (SMTPException, OSError):
            log.exception("The alert %s could not be sent by e-mail.", alert.pk)
            return False
    return True


@dataclass(frozen=True)
class Notice:
    """What the webhook receives; it never holds words of a call."""

    type: str
    id: int
    rule: str
    message: str
    value: float
    model_version: int | None
    opened_at: str


def to_webhook(alert: Alert) -> bool:
    """False if it was to be sent and was not taken."""
    if not settings.ALERT_WEBHOOK:
        return True
    opened_at = alert.opened_at.isoformat()
    notice = Notice("alert.opened", alert.pk, alert.rule, alert.message, alert.value, alert.version_id, opened_at)
    try:
        answer = post(settings.ALERT_WEBHOOK, json.dumps(asdict(notice)).encode(), JSON)
    except (AddressRefused, *NO_ANSWER):
        log.exception("The alert %s could not be sent to the webhook.", alert.pk)
        return False
    if not answer.is_success:
        log.error("The webhook answered alert %s with status %s.", alert.pk, answer.status)
    return answer.is_success
