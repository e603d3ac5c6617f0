"""Model versions and their artefacts."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import storages

from mltraining import registry
from mltraining.models import LabelSuspect, ModelVersion, TrainingRun
from tests import factories, small_models
from tests.small_models import LOST, WON, example

pytestmark = pytest.mark.django_db

REPORT = {"verdict": {"state": "ok", "reasons": [{"passed": True, "text": "Beats the base rate."}]}, "rows": []}


def running() -> TrainingRun:
    return TrainingRun.objects.create(state=TrainingRun.State.RUNNING, attempts=1, config={"encoder": "hashing"})


def folder_of(version: ModelVersion) -> Path:
    return Path(storages["models"].path(version.artefact))


def names_in(folder: str | Path) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def test_a_saved_model_comes_back_with_the_same_answers():
    version = registry.save(small_models.model(), running(), REPORT, call_ids=[1, 2])
    asked = [example(WON, "a", 1), example(LOST, "b", 0)]
    np.testing.assert_allclose(
        registry.load(version).predict_proba(asked), small_models.model().predict_proba(asked), rtol=1e-6
    )


def test_saving_makes_a_candidate_and_closes_the_run():
    run = running()
    version = registry.save(small_models.model(), run, REPORT)
    run.refresh_from_db()
    assert (run.state, run.progress, version.state, version.verdict) == ("succeeded", 1.0, "candidate", "ok")
    assert run.finished_at


def test_an_attempt_that_lost_its_run_leaves_neither_version_nor_files():
    run = running()
    TrainingRun.objects.filter(pk=run.pk).update(attempts=2)
    assert registry.save(small_models.model(), run, REPORT) is None
    assert not ModelVersion.objects.exists()
    assert names_in(storages["models"].location) == set()


def test_a_crash_while_writing_leaves_nothing_under_the_final_name(monkeypatch):
    def crash(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(registry, "write_manifest", crash)
    with pytest.raises(KeyboardInterrupt):
        registry.store(small_models.model(), running())
    assert names_in(storages["models"].location) == set()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "head.safetensors").unlink(), "missing"),
        (lambda folder: (folder / "model.json").write_text("{}"), "changed"),
        (lambda folder: (folder / registry.MANIFEST).unlink(), "manifest is missing"),
        (lambda folder: (folder / registry.MANIFEST).write_text(json.dumps({"files": {}})), "manifest was changed"),
    ],
)
def test_a_damaged_artefact_is_refused(damage, said):
    version = small_models.version()
    damage(folder_of(version))
    with pytest.raises(registry.DamagedArtefact, match=said):
        registry.load(version)


def test_an_artefact_of_another_format_is_refused():
    version = small_models.version()
    version.format_version += 1
    with pytest.raises(registry.DamagedArtefact, match="format"):
        registry.load(version)


def test_what_killed_runs_left_is_removed_after_a_day():
    kept = small_models.version()
    place = folder_of(kept).parent
    for name in (".unfinished-x", "run-9-dead", kept.artefact):
        (place / name).mkdir(exist_ok=True)
        os.utime(place / name, (0, 0))
    registry.store(small_models.model(), running())
    assert {".unfinished-x", "run-9-dead"}.isdisjoint(names_in(place))
    assert kept.artefact in names_in(place)


def test_activating_swaps_the_one_active_version():
    first, second = small_models.version(), small_models.version(ModelVersion.State.CANDIDATE)
    registry.activate(second)
    first.refresh_from_db()
    assert (first.state, second.state) == ("candidate", "active")
    assert registry.active() == second
    assert second.promoted_at


def test_a_suspect_whose_call_was_erased_during_the_training_does_not_stop_it():
    call = factories.call(outcome="won")
    rows = [LabelSuspect(call_id=pk, outcome="won", probability=0.1, quality=0.1) for pk in (call.pk, call.pk + 1)]
    version = registry.save(small_models.model(), running(), REPORT, suspects=rows)
    assert [suspect.call for suspect in version.label_suspects.all()] == [call]
