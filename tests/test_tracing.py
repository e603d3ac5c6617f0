"""Traces go where the setting says, and hold nothing of people."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from salesconv.checks import traces_can_be_sent
from tests.faults.crew import soon
from tests.predictions.webhooks.receiver import receiving
from tests.real_server import serving


@pytest.mark.django_db(transaction=True)
def test_a_request_is_a_span_with_its_route_and_without_what_was_asked(tmp_path):
    with receiving() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with serving(tmp_path / "log", **variables) as url:
            httpx.get(f"{url}/login/", params={"next": "/?q=Katze"})
            soon(lambda: b"login/" in b"".join(each.body for each in collector.received))
    assert {each.path for each in collector.received} == {"/in/v1/traces"}
    spans = [span for each in collector.received for span in spans_in(each.body)]
    told = {each.key: each.value for span in spans if "login/" in span.name for each in span.attributes}
    assert told["http.route"].string_value == "login/"
    assert b"Katze" not in b"".join(each.body for each in collector.received)


def spans_in(body: bytes):
    sent = ExportTraceServiceRequest.FromString(body)
    return [span for of in sent.resource_spans for scope in of.scope_spans for span in scope.spans]


def test_without_the_setting_nothing_is_instrumented_or_sent():
    """redis-py looks whether the SDK is there by importing it; that alone does nothing."""
    code = "import sys, salesconv.wsgi; print(*[name for name in sys.modules if name.startswith('opentelemetry.')])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(settings.BASE_DIR), capture_output=True, text=True, check=True
    )
    assert "opentelemetry.instrumentation" not in done.stdout
    assert "opentelemetry.exporter" not in done.stdout


def test_a_missing_package_is_found_by_the_checks(settings, monkeypatch):
    assert traces_can_be_sent(None) == []
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://collector:4318"
    assert traces_can_be_sent(None) == []
    monkeypatch.setattr("salesconv.checks.find_spec", lambda _: None)
    assert [found.id for found in traces_can_be_sent(None)] == ["salesconv.E030"]
