"""A stored version that is scored by ONNX: exported, verified like the rest, taken by a setting."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from mltraining import registry
from mltraining.models import ModelVersion, RunLogLine, TrainingRun
from tests import small_models
from tests.small_models import LOST, WON, example

pytestmark = pytest.mark.django_db

ASKED = [example(WON, "a", 1), example(LOST, "b", 0)]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The small model with a transformer in it."""
    from mltraining.ml.sentence_encoder import SentenceEncoder
    from tests.tiny_models import tiny_bert

    folder = tiny_bert(tmp_path_factory.mktemp("tiny") / "bert")
    return replace(small_models.model(), encoder=SentenceEncoder(folder, device="cpu", precision="fp32"))


@pytest.fixture
def version(tiny, monkeypatch) -> ModelVersion:
    monkeypatch.setattr(small_models, "model", lambda: tiny)
    return small_models.version()


def folder_of(version: ModelVersion) -> Path:
    return Path(storages["models"].path(version.artefact))


def scored(version: ModelVersion) -> np.ndarray:
    return registry.load(version, device="cpu").predict_proba(ASKED)


def test_an_exported_version_gives_the_same_scores(version, settings, capsys):
    before, old = scored(version), folder_of(version)
    call_command("export_onnx")
    version.refresh_from_db()
    assert "Exported the encoder of version" in capsys.readouterr().out
    assert old.is_dir()
    assert folder_of(version) != old
    settings.ENCODER_RUNTIME = "onnx"
    np.testing.assert_allclose(scored(version), before, atol=1e-4)
    settings.ENCODER_RUNTIME = "onnx-int8"
    assert np.isfinite(scored(version)).all()


def test_a_version_that_is_stored_for_onnx_is_exported_at_once_and_verified(tiny, monkeypatch, settings):
    settings.ENCODER_RUNTIME = "onnx"
    monkeypatch.setattr(small_models, "model", lambda: tiny)
    version = small_models.version()
    assert type(registry.load(version, device="cpu").encoder).__name__ == "OnnxEncoder"
    graph = folder_of(version) / "encoder" / "transformer.onnx"
    graph.write_bytes(graph.read_bytes() + b"x")
    with pytest.raises(registry.DamagedArtefact, match="was changed"):
        registry.load(version, device="cpu")


def test_an_export_that_fails_costs_no_training(tiny, monkeypatch, settings, caplog):
    settings.ENCODER_RUNTIME = "onnx"
    monkeypatch.setattr(small_models, "model", lambda: tiny)
    monkeypatch.setattr(torch.onnx, "export", fails)
    version = small_models.version()
    assert type(registry.load(version, device="cpu").encoder).__name__ == "SentenceEncoder"
    assert not [*folder_of(version).rglob("*onnx*")]
    assert "could not be exported to ONNX: OnnxExporterError" in RunLogLine.objects.get(run=version.run).text
    assert f"ALERT: the version of {version.run} is scored by torch" in caplog.text


def test_the_last_attempt_leaves_out_the_export_that_may_have_killed_the_others(tiny, settings):
    settings.ENCODER_RUNTIME = "onnx"
    run = TrainingRun.objects.create(attempts=settings.MAX_ATTEMPTS)
    folder = Path(storages["models"].path(registry.store(tiny, run).name))
    assert not [*folder.rglob("*.onnx")]
    assert "the last one leaves it out. Until `manage.py export_onnx`" in run.log.get().text


def fails(*args: object, **options: object) -> None:
    raise torch.onnx.OnnxExporterError("An operator is not known.")


def test_a_version_that_is_not_exported_is_scored_by_torch(version, settings):
    settings.ENCODER_RUNTIME = "onnx"
    assert type(registry.load(version, device="cpu").encoder).__name__ == "SentenceEncoder"


def test_hashed_words_have_nothing_to_export():
    version = small_models.version()
    with pytest.raises(CommandError, match="is no transformer"):
        call_command("export_onnx", version.pk)
    assert registry.load(ModelVersion.objects.get()).head


def test_a_version_that_is_not_there_is_refused():
    with pytest.raises(CommandError, match="no such version"):
        call_command("export_onnx", 7)
