"""A training whose batches do not fit into the memory of the GPU makes them smaller and says so."""

import pytest

from mltraining import registry, training
from tests.faults.crew import soon
from tests.faults.test_training import ended, made_by
from tests.small_models import small_set
from tests.tiny_models import tiny_bert

pytestmark = [pytest.mark.faults, pytest.mark.long]
FULL = {"tune": "full", "steps": 3, "batch_per_class": 4, "precision": "fp32", "bootstraps": 30}


@pytest.mark.fault("GPU out of memory while a model is trained (simulated)")
def test_a_training_halves_its_batches_and_its_page_says_so(crew, active, admin, client, trial, tmp_path):
    small_set(12)
    crew.environment["DJANGO_SETTINGS_MODULE"] = "tests.faults.small_memory"
    run = training.request(None, FULL | {"encoder": str(tiny_bert(tmp_path / "bert"))})
    trial.strikes()
    crew.start("gpu")
    soon(lambda: ended(run))
    trial.settle([run.pk], made_by(run))
    assert (run.state, run.attempts, run.error) == ("succeeded", 1, "")
    assert registry.load(run.version).head
    client.force_login(admin)
    page = client.get(f"/models/{run.version.pk}/").text
    assert "Memory ran out: batches were made smaller, to 2 calls of each outcome." in page
