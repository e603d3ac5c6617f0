"""A version whose artefact is no good is refused: the one before it goes on serving, and the log says so."""

import json
from pathlib import Path

import pytest
from django.core.files.storage import storages

from mltraining import registry
from mltraining.ml.model import FORMAT_VERSION
from mltraining.models import ModelVersion
from predictions.models import Prediction
from predictions.tasks import score_call
from tests import factories, small_models
from tests.faults.crew import soon
from tests.faults.orders import scored, scores
from tests.small_models import WON

pytestmark = pytest.mark.faults


def truncated(folder: Path) -> None:
    arrays = folder / "head.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-100])


def flipped(folder: Path) -> None:
    arrays = folder / "head.safetensors"
    content = bytearray(arrays.read_bytes())
    content[len(content) // 2] ^= 1
    arrays.write_bytes(content)


def without_a_file(folder: Path) -> None:
    (folder / "model.json").unlink()


def gone(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def of_another_format(folder: Path) -> None:
    """Sound by its checksums, and written by code that is older or newer."""
    saved = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(saved | {"format": 999}))
    (folder / registry.MANIFEST).unlink()  # it does not list itself
    checksum = registry.write_manifest(folder, FORMAT_VERSION)
    ModelVersion.objects.filter(artefact=folder.name).update(checksum=checksum)


@pytest.mark.fault("An artefact truncated, with a bit flipped, without a file, missing, of another format")
def test_calls_are_scored_by_the_version_before(crew, active, trial):
    registry.activate(active)  # so that it has served once
    crew.start("scoring")
    calls = []
    for harm in (gone, truncated, flipped, without_a_file, of_another_format):
        second = small_models.version(ModelVersion.State.CANDIDATE)
        harm(Path(storages["models"].path(second.artefact)))
        registry.activate(second)
        trial.strikes()
        calls.append(factories.call(WON).pk)
        score_call.delay(calls[-1])
        soon(lambda: scored(calls))
        assert f"ALERT: The artefact of {second} cannot be used" in crew.said()
    trial.settle(calls, scores())
    assert set(Prediction.objects.values_list("version", flat=True)) == {active.pk}
