"""What the OpenAPI schema promises holds for whatever is sent: right and wrong, NUL bytes and all."""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, ignored_auth, response_schema_conformance

from calls.models import Batch
from mltraining.models import ModelVersion, TrainingRun
from salesconv.wsgi import application
from tests import factories
from tests.api_client import client_of
from tests.predictions import watching

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, ignored_auth]
ROW = 1_000_000  # far from the numbers that new rows get
CONFIG = {"generation": {"mode": "all", "allow-x00": True}, "seed": 7}


schema = schemathesis.openapi.from_wsgi("/api/schema/", application, config=schemathesis.Config.from_dict(CONFIG))


@schemathesis.serializer("application/x-ndjson")
def line(context, value):
    """The schema describes one of the lines."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.serializer("text/csv")
def table(context, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


@pytest.fixture
def open_connection(db):
    """Without it the end of the first request would close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def rows(admin, settings):
    """A row behind each address that takes a number."""
    settings.PREDICT_WAIT_SECONDS = 0
    settings.MIN_LABELS_PER_CLASS = 0
    factories.call(pk=ROW, rep=admin, customer=factories.customer(pk=ROW), outcome="won")
    Batch.objects.create(pk=ROW, by=admin, total=1)
    run = TrainingRun.objects.create(pk=ROW, state=TrainingRun.State.SUCCEEDED)
    watching.delivery(admin, pk=ROW, webhook=watching.webhook(admin, pk=ROW))
    ModelVersion.objects.create(
        pk=ROW, run=run, state=ModelVersion.State.ACTIVE, verdict=ModelVersion.Verdict.READY, format_version=1
    )


@schema.parametrize()
@hypothesis_settings(
    max_examples=12, deadline=None, derandomize=True, database=None,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_the_api_keeps_its_contract(case, admin, rows, open_connection):
    if isinstance(case.path_parameters.get("id"), int):
        case.path_parameters["id"] = ROW
    token = client_of(admin)._credentials["HTTP_AUTHORIZATION"]
    case.call_and_validate(headers={"Authorization": token}, checks=CHECKS)
