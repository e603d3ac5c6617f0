"""Prometheus' text format at /metrics, read from rows, cache and broker: every web process tells the same."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from predictions import metrics
from predictions.metrics import by_label
from salesconv.waiting_tasks import waiting_tasks

Part = Callable[[], Iterator[Metric]]


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
    registry.register(Everything())
    return generate_latest(registry)


class Everything(Collector):
    def describe(self) -> list[Metric]:
        return []  # the names are known without asking the database

    def collect(self) -> Iterator[Metric]:
        """A store that does not answer takes its own numbers away and no other's, and is told as being down."""
        up = GaugeMetricFamily("salesconv_up", "Whether a store answered, when asked just now.", labels=["store"])
        for store, part in PARTS.items():
            try:
                found = list(part())
            except (DatabaseError, RedisError, OperationalError):
                up.add_metric([store], 0)
            else:
                up.add_metric([store], 1)
                yield from found
        yield up


def tasks() -> Iterator[Metric]:
    """As they lie at the broker; what a worker holds is in no queue any more."""
    waiting = waiting_tasks()
    yield by_label("salesconv_tasks_waiting", "Tasks that wait at the broker.", "queue",
                   {queue: each.count for queue, each in waiting.items()})  # fmt: skip
    yield by_label("salesconv_tasks_oldest_seconds", "How long the oldest of them has waited.", "queue",
                   {queue: each.oldest_seconds for queue, each in waiting.items()})  # fmt: skip


PARTS: dict[str, Part] = {"database": metrics.rows, "cache": metrics.questions, "broker": tasks}
