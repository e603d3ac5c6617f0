"""Traces of requests and tasks by OpenTelemetry, sent to OTEL_EXPORTER_OTLP_ENDPOINT; without it none of it is used.

What a span may tell is listed here, as the instrumentations would also send addresses, searches and errors' words.
"""

from typing import TYPE_CHECKING

from celery.signals import beat_init, worker_init
from django.conf import settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

TOLD = (
    *("http.method", "http.request.method", "http.route", "http.status_code", "http.response.status_code"),
    *("celery.action", "celery.state", "celery.task_name", "messaging.message.id", "messaging.destination"),
)


@worker_init.connect
@beat_init.connect
def start(**_: object) -> None:
    """Before the application is made, as the middleware that it is made with is added here."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    from opentelemetry import trace  # noqa: PLC0415  # optional
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.instrumentation.celery import CeleryInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.django import DjangoInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": "salesconv"}))
    address = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(discreet(OTLPSpanExporter(endpoint=address))))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(excluded_urls="livez,readyz,metrics")
    CeleryInstrumentor().instrument()


def discreet(exporter: "SpanExporter") -> "SpanExporter":
    """Sends spans with what is in TOLD alone, without events, which hold errors' words."""
    send = exporter.export
    exporter.export = lambda spans: send([bare(span) for span in spans])  # type: ignore[method-assign]  # it has no hook
    return exporter


def bare(span: "ReadableSpan") -> "ReadableSpan":
    from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415  # optional
    from opentelemetry.trace import Status  # noqa: PLC0415  # optional

    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in (span.attributes or {}).items() if name in TOLD},
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
