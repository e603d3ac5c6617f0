"""All that is held of a customer, as one zip."""

import io
import json
import zipfile

import pytest
from django.core.management import call_command
from django.urls import reverse

from calls import erasing, subject_export
from calls.models import Customer, Disclosure
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.privacy import planting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def halden(rep) -> Customer:
    return planting.customer(rep)


def unzipped(pieces) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_table_with_rows_of_the_customer_is_a_file_of_its_own(halden):
    files = unzipped(subject_export.pieces(halden))
    assert {f"{label.lower()}.json" for label in planting.leading_here()} - set(files) == set()
    assert {"admin.logentry.json", "predictions.embedding.json"} <= set(files)


def test_all_words_that_are_held_are_in_it(halden):
    files = unzipped(subject_export.pieces(halden))
    told = {name for name, content in files.items() if planting.MARK.encode() in content}
    assert {f"{table.lower()}.json" for table in planting.labels_planted()} - told == set()


def test_files_hold_lists_of_rows_by_column(halden):
    files = unzipped(subject_export.pieces(halden))
    turns = json.loads(files["calls.turn.json"])
    assert ([turn["index"] for turn in turns], turns[0]["role"]) == ([0, 1, 2, 3], "rep")
    assert len(json.loads(files["predictions.embedding.json"])[0]["vector"]) == 384


def test_an_upload_that_waits_comes_as_it_was_sent(halden):
    files = unzipped(subject_export.pieces(halden))
    [upload] = [content for name, content in files.items() if name.startswith("uploads/")]
    assert upload == f"Tom: {halden.name}".encode()


def test_nothing_of_other_customers_is_in_it(halden):
    factories.call((("rep", "Mistral said so."),), customer=factories.customer(name="Arden"))
    files = unzipped(subject_export.pieces(halden))
    assert not any(b"Mistral" in content or b"Arden" in content for content in files.values())


def test_it_comes_in_pieces_however_much_there_is(halden, monkeypatch):
    monkeypatch.setattr(subject_export, "CHUNK", 100)
    pieces = list(subject_export.pieces(halden))
    assert len(pieces) > 10
    assert unzipped(pieces)


def test_an_admin_is_given_a_zip_whose_name_names_nobody_and_it_is_written_down(desk, admin, halden):
    response = desk.get(reverse("admin:calls_customer_hand_out", args=[halden.pk]))
    assert planting.MARK not in response["Content-Disposition"]
    assert "calls.call.json" in unzipped(response.streaming_content)
    assert list(Disclosure.objects.values_list("customer_number", "by", "door")) == [(halden.pk, admin.pk, "admin")]


def test_a_program_is_given_it_and_a_rep_is_not(admin, rep, halden):
    address = f"{API}customers/{halden.pk}/export/"
    response = client_of(admin).get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert "calls.call.json" in unzipped(response.streaming_content)
    assert_error(client_of(rep).get(address), 403, "permission_denied")


def test_the_command_writes_a_file(halden, tmp_path):
    call_command("export_customer", halden.external_id, out=tmp_path / "all.zip")
    assert [path.name for path in tmp_path.glob("*.zip")] == ["all.zip"]
    assert "calls.call.json" in unzipped([(tmp_path / "all.zip").read_bytes()])


def test_that_a_copy_was_given_out_outlives_the_customer(halden):
    list(subject_export.export(halden, by=None, door="command"))
    erasing.erase_customer(halden)
    assert Disclosure.objects.count() == 1
