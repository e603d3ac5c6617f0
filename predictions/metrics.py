"""Prometheus' text format at /metrics, read from rows and from the cache: every web process answers the same."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, Q, QuerySet, StdDev
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from calls.models import Call
from mltraining.models import ModelVersion, TrainingRun
from predictions import monitoring, unanswered
from predictions.models import Alert, Insight, MetricPoint, Prediction


@never_cache
@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """For whoever sends `Authorization: Bearer METRICS_TOKEN`; without that setting there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        return HttpResponse("A bearer token is needed.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def exposition() -> bytes:
    registry = CollectorRegistry()
    registry.register(Rows())
    return generate_latest(registry)


class Rows(Collector):
    """Everything that is counted, read at the moment of the question."""

    def describe(self) -> list[Metric]:
        return []  # the names are known without asking the database

    def collect(self) -> Iterator[Metric]:
        version = ModelVersion.objects.active()
        yield by_label(
            "salesconv_calls", "Calls by state.", "state", counts(Call.objects.all(), "state", Call.State.values)
        )
        yield by_label("salesconv_training_runs", "Training runs by state.", "state",
                       counts(TrainingRun.objects.all(), "state", TrainingRun.State.values))  # fmt: skip
        yield by_label("salesconv_open_alerts", "Open alerts by rule.", "rule",
                       counts(Alert.objects.filter(closed_at=None), "rule"))  # fmt: skip
        yield GaugeMetricFamily("salesconv_active_version", "Number of the active model version; 0: none.",
                                version.pk if version else 0)  # fmt: skip
        yield from predictions()
        yield from questions()
        yield from insights()
        yield from queues(version)
        yield from measured(version)


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


def insights() -> Iterator[Metric]:
    family = CounterMetricFamily("salesconv_insights", "Insights written.", labels=["model"])
    for model, count in counts(Insight.objects.all(), "model").items():
        family.add_metric([model], count)
    yield family


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
