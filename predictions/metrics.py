"""What Prometheus is told of rows and of the cache, read at the moment of the question."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Avg, Count, Max, Min, Q, QuerySet, StdDev
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily

from calls.models import Call
from mltraining.models import ModelVersion, TrainingRun
from predictions import monitoring, unanswered
from predictions.models import Alert, Insight, LiveCall, MetricPoint, Prediction, WebhookDelivery

NO_BAND = "none"  # too little evidence for a probability, or below the lowest band


def rows() -> Iterator[Metric]:
    """Everything that the database knows."""
    version = ModelVersion.objects.active()
    yield by_label(
        "salesconv_calls", "Calls by state.", "state", counts(Call.objects.all(), "state", Call.State.values)
    )
    yield by_label("salesconv_training_runs", "Training runs by state.", "state",
                   counts(TrainingRun.objects.all(), "state", TrainingRun.State.values))  # fmt: skip
    yield by_label("salesconv_open_alerts", "Open alerts by rule.", "rule",
                   counts(Alert.objects.filter(closed_at=None), "rule"))  # fmt: skip
    yield by_label("salesconv_live_calls", "Running calls, and those that ended, by state.", "state",
                   counts(LiveCall.objects.all(), "state", LiveCall.State.values))  # fmt: skip
    yield GaugeMetricFamily("salesconv_active_version", "Number of the active model version; 0: none.",
                            version.pk if version else 0)  # fmt: skip
    yield from predictions()
    yield bands()
    yield from insights()
    yield from webhooks()
    yield from queues(version)
    yield from measured(version)
    yield watched()


def counts(rows: QuerySet[Any], field: str, values: list[str] | tuple[str, ...] = ()) -> dict[str, float]:
    """How many rows have each value; the values that are named are there even with no row."""
    found = rows.order_by().values_list(field).annotate(Count("pk"))
    return dict.fromkeys(values, 0) | {str(value): count for value, count in found}


def by_label(name: str, text: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def predictions() -> Iterator[Metric]:
    """Counts and latencies by version over all time: whoever scrapes takes rates of them."""
    latency = SummaryMetricFamily("salesconv_prediction_latency_ms", "Time to score a call.", labels=["version"])
    total = CounterMetricFamily("salesconv_predictions", "Scores written.", labels=["version"])
    mean = GaugeMetricFamily("salesconv_score_mean", "Mean probability of all scores.", labels=["version"])
    spread = GaugeMetricFamily("salesconv_score_spread", "Standard deviation of all scores.", labels=["version"])
    rows = Prediction.objects.order_by("version").values_list("version").annotate(
        Count("pk"), Avg("latency_ms"), Avg("probability"), StdDev("probability")
    )  # fmt: skip
    for version, count, milliseconds, average, deviation in rows:
        label = [str(version)]
        total.add_metric(label, count)
        latency.add_metric(label, count, count * milliseconds)
        if average is not None:
            mean.add_metric(label, average)
            spread.add_metric(label, deviation)
    yield from (total, latency, mean, spread)


def questions() -> Iterator[Metric]:
    text = "Questions to predict/ that got no answer, by reason."
    family = CounterMetricFamily("salesconv_predict_failures", text, labels=["reason"])
    for reason, count in unanswered.counts().items():
        family.add_metric([reason], count)
    yield family


def bands() -> Metric:
    family = CounterMetricFamily("salesconv_banded_predictions", "Scores by band.", labels=["version", "band"])
    for version, band, count in Prediction.objects.order_by().values_list("version", "band").annotate(Count("pk")):
        family.add_metric([str(version), band or NO_BAND], count)
    return family


def insights() -> Iterator[Metric]:
    latency = SummaryMetricFamily("salesconv_insight_latency_ms", "Time to write an insight.", labels=["model"])
    total = CounterMetricFamily("salesconv_insights", "Insights written.", labels=["model"])
    found = Insight.objects.order_by().values_list("model").annotate(Count("pk"), Avg("latency_ms"))
    for model, count, milliseconds in found:
        total.add_metric([model], count)
        latency.add_metric([model], count, count * milliseconds)
    yield from (total, latency)


def webhooks() -> Iterator[Metric]:
    yield by_label("salesconv_webhook_deliveries", "Webhook deliveries by state.", "state",
                   counts(WebhookDelivery.objects.all(), "state", WebhookDelivery.State.values))  # fmt: skip
    oldest = WebhookDelivery.objects.due().aggregate(oldest=Min("due_at"))["oldest"]
    yield GaugeMetricFamily("salesconv_webhook_late_seconds", "How long the delivery that is due first is overdue.",
                            monitoring.age(oldest, timezone.now()))  # fmt: skip


def queues(version: ModelVersion | None) -> Iterator[Metric]:
    now = timezone.now()
    waits = {"parse": monitoring.parse_wait(now)} | ({"score": monitoring.score_wait(version, now)} if version else {})
    yield by_label("salesconv_queue_age_seconds", "Age of the oldest call that waits.", "queue",
                   {name: seconds for name, (seconds, _) in waits.items()})  # fmt: skip
    yield by_label("salesconv_queue_calls", "Calls that wait.", "queue",
                   {name: count for name, (_, count) in waits.items()})  # fmt: skip


def measured(version: ModelVersion | None) -> Iterator[Metric]:
    """The newest point of every monitored number of the system and the active version: drift, latency, quality."""
    about = MetricPoint.objects.filter(Q(version=version) | Q(version=None))
    points = list(about.order_by("name", "-window_start").distinct("name"))
    yield by_label("salesconv_metric", "Newest value of a monitored number.", "name",
                   {point.name: point.value for point in points})  # fmt: skip
    yield by_label("salesconv_metric_calls", "How many calls that value rests on.", "name",
                   {point.name: point.count for point in points})  # fmt: skip


def watched() -> Metric:
    """How long ago the hour ended that was measured last; nothing where nothing ever was."""
    ended = MetricPoint.objects.filter(name="calls_received").aggregate(ended=Max("window_end"))["ended"]
    text = "How long the hour is over that was measured last; it grows where nobody measures."
    return GaugeMetricFamily("salesconv_unwatched_seconds", text,
                             monitoring.age(ended, timezone.now()) if ended else None)  # fmt: skip
