"""A web process that is killed in the middle of a request with an Idempotency-Key."""

import subprocess
import sys

import pytest
from django.conf import settings

from calls.models import KeyedRequest, Label
from mltraining import subprocess_run
from tests import factories
from tests.api_client import API, client_of
from tests.faults.crew import blocked, soon

pytestmark = pytest.mark.faults

KEY = {"Idempotency-Key": "transfer-1"}
SENDER = """
import sys, django
django.setup()
from rest_framework.test import APIClient
client = APIClient(SERVER_NAME="localhost")
client.credentials(HTTP_AUTHORIZATION=sys.argv[1])
client.post(sys.argv[2], {"outcome": "won"}, headers={"Idempotency-Key": "transfer-1"})
"""


@pytest.mark.fault("A web process killed in the middle of a request with a key")
def test_what_it_had_begun_is_done_once_when_the_request_comes_again(crew, admin, trial):
    path, api = f"{API}calls/{factories.call().pk}/labels/", client_of(admin)
    token = api._credentials["HTTP_AUTHORIZATION"]
    with blocked("calls_label") as waiting:
        environment = subprocess_run.environment() | crew.environment
        web = subprocess.Popen([sys.executable, "-c", SENDER, token, path], cwd=settings.BASE_DIR, env=environment)
        soon(waiting)
        web.kill()
        web.wait()
        trial.strikes()
    assert KeyedRequest.objects.get().status is None
    soon(lambda: api.post(path, {"outcome": "won"}, headers=KEY).status_code == 201)
    assert api.post(path, {"outcome": "won"}, headers=KEY)["Idempotent-Replayed"] == "true"
    trial.settle(["won"], list(Label.objects.values_list("outcome", flat=True)))
