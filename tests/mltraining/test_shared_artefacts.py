"""Workers on other machines load the same version from S3, and nothing that was exchanged there or here."""

import hashlib
import json
import os

import numpy as np
import pytest
from django.core.management import call_command

from mltraining import registry
from mltraining.models import ModelVersion
from tests import s3_server, small_models
from tests.at_once import at_once
from tests.small_models import LOST, WON, example

pytestmark = pytest.mark.django_db
ASKED = [example(WON, "a", 1), example(LOST, "b", 0)]


@pytest.fixture
def bucket(settings, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-test")
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    settings.VAR_DIR = tmp_path / "here"
    with s3_server.serving() as server:
        options = {"bucket_name": "models", "endpoint_url": server.url, "region_name": "eu-test-1"}
        s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"models": s3}
        yield server


def on_another_machine(settings, name: str = "there") -> None:
    settings.VAR_DIR = settings.VAR_DIR.parent / name


def file_here(settings, version: ModelVersion, name: str):
    return settings.VAR_DIR / "fetched-models" / version.artefact / name


def test_what_one_machine_stored_answers_the_same_on_another(bucket, settings):
    version = small_models.version()
    expected = small_models.model().predict_proba(ASKED)
    for name in ("there", "elsewhere"):
        on_another_machine(settings, name)
        np.testing.assert_allclose(registry.load(version).predict_proba(ASKED), expected, rtol=1e-6)


def test_what_was_changed_in_the_bucket_is_refused(bucket, settings):
    version = small_models.version()
    bucket.objects[f"/models/{version.artefact}/model.json"] = b"{}"
    with pytest.raises(registry.DamagedArtefact, match=r"model\.json was changed"):
        registry.load(version)


def test_a_copy_that_was_spoilt_here_is_fetched_once_more(bucket, settings):
    version = small_models.version()
    registry.load(version)
    file_here(settings, version, "model.json").write_text("{}")
    assert registry.load(version).head


def test_workers_of_one_machine_that_fetch_at_once_share_what_they_fetched(bucket, settings):
    version = small_models.version()
    assert len(at_once(4, lambda: registry.verified_folder(version))) == 4
    file_here(settings, version, "model.json").write_text("{}")
    (folder,) = set(at_once(4, lambda: registry.verified_folder(version)))
    registry.verify(version, folder)
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [version.artefact]


def test_a_copy_that_is_sound_again_is_not_taken_away_from_who_reads_it(bucket, settings):
    version = small_models.version()
    folder = registry.verified_folder(version)
    fetched = folder.stat().st_ino
    registry.fetch_again(version, folder)  # by one that had seen it spoilt, before another had mended it
    assert folder.stat().st_ino == fetched


def test_what_lies_here_of_versions_that_are_gone_goes_with_the_next_that_is_fetched(bucket, settings):
    version, place = small_models.version(), settings.VAR_DIR / "fetched-models"
    for name in ("run-0-gone", f"{registry.UNFINISHED}killed"):
        (place / name).mkdir(parents=True)
        os.utime(place / name, (0, 0))
    registry.fetch_again(version, registry.verified_folder(version))
    assert sorted(path.name for path in place.iterdir()) == [".lock", version.artefact]


def test_a_bucket_that_does_not_answer_is_told_by_the_version(bucket, settings):
    version = small_models.version()
    bucket.objects.clear()
    with pytest.raises(registry.DamagedArtefact, match="cannot be fetched"):
        registry.load(version)


def test_a_manifest_of_somebody_else_writes_nowhere(bucket, settings, tmp_path):
    version = small_models.version()
    evil = json.dumps({"files": {"../../../stolen": "0"}}).encode()
    bucket.objects |= {f"/models/{version.artefact}/{registry.MANIFEST}": evil, "/models/stolen": b"x"}
    with pytest.raises(registry.DamagedArtefact, match="manifest was changed"):
        registry.load(version)
    assert not list(tmp_path.rglob("stolen"))


def test_files_and_row_exchanged_together_are_refused_without_the_key(bucket):
    version = small_models.version()
    name = f"/models/{version.artefact}/{registry.MANIFEST}"
    bucket.objects[name] += b" "
    version.checksum = hashlib.sha256(bucket.objects[name]).hexdigest()
    with pytest.raises(registry.DamagedArtefact, match="not signed with our key"):
        registry.load(version)


def test_after_a_change_of_keys_whole_versions_are_signed_anew(settings, capsys):
    whole, damaged = small_models.version(), small_models.version(ModelVersion.State.CANDIDATE)
    (registry.local_folder(damaged) / "model.json").write_text("{}")
    settings.SECRET_KEY = "another key than the one that they were signed with"
    with pytest.raises(registry.DamagedArtefact, match="sign_models"):
        registry.load(whole)
    call_command("sign_models")
    said = capsys.readouterr().out
    assert f"Signed {whole}." in said
    assert f"Signed {damaged}." not in said
    whole.refresh_from_db()
    assert registry.load(whole).head
