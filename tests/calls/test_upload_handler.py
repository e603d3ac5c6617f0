"""Files of forms: kept in memory, bounded while they are read, answered in words when they are too large."""

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from calls.models import Call, DraftCall
from tests.api_client import API, assert_error, client_of

LINE = b"Rep: Good morning, shall we look at the offer?\n"
ABOUT = {"customer": "C-1"}


def file(size: int, name: str = "call.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, (LINE * (size // len(LINE) + 1))[:size])


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


@pytest.fixture
def no_disk(monkeypatch, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000

    def refuse(*_, **__):
        raise AssertionError("a temporary file was asked for")

    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", refuse)


def test_a_file_of_many_megabytes_never_touches_the_disk_in_the_clear(visitor, rep, no_disk):
    assert visitor.post(reverse("calls:upload"), {**ABOUT, "file": [file(4_000_000)]}).status_code == 302
    form = {"file": file(4_000_001), "data": '{"customer": {"external_id": "c"}}'}
    assert client_of(rep).post(f"{API}calls/", form, format="multipart").status_code == 202
    assert DraftCall.objects.count() == Call.objects.count() == 1


def test_a_small_file_is_kept_in_memory_too(rf):
    request = rf.post("/", {"file": file(100)})
    assert isinstance(request.FILES["file"], InMemoryUploadedFile)
    assert request.FILES["file"].read() == file(100).read()


@pytest.mark.parametrize("sizes", [[3_000], [600, 600], [3_000_000]])
def test_files_that_are_too_large_together_are_refused_in_words(visitor, settings, sizes):
    settings.MAX_UPLOAD_BYTES = 1_000
    files = [file(size, f"{size}.txt") for size in sizes]
    answer = visitor.post(reverse("calls:upload"), {**ABOUT, "file": files})
    assert answer.status_code == 413
    assert "At most 1000\xa0bytes are accepted" in answer.text
    assert (Call.objects.count(), DraftCall.objects.count()) == (0, 0)


def test_a_length_over_the_limit_is_refused_before_the_body_is_read(visitor, settings):
    settings.MAX_UPLOAD_BYTES = 1_000
    kind = "multipart/form-data; boundary=x"
    answer = visitor.generic("POST", reverse("calls:upload"), b"--x", kind, CONTENT_LENGTH="5000000")
    assert answer.status_code == 413


def test_the_api_refuses_too_large_a_file_in_its_own_shape(rep, settings):
    settings.MAX_UPLOAD_BYTES = 1_000
    form = {"file": file(3_000), "data": '{"customer": {"external_id": "c"}}'}
    assert_error(client_of(rep).post(f"{API}calls/", form, format="multipart"), 413, "too_large")


def test_a_pasted_text_over_the_limit_is_refused_in_words(visitor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = visitor.post(reverse("calls:upload"), {**ABOUT, "transcript": LINE.decode() * 100})
    assert answer.status_code == 413
    assert "Not taken" in answer.text


def test_an_upload_without_its_csrf_token_is_still_refused(rep):
    client = Client(enforce_csrf_checks=True)
    client.force_login(rep)
    assert client.post(reverse("calls:upload"), {**ABOUT, "transcript": LINE.decode()}).status_code == 403
    assert (Call.objects.count(), DraftCall.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["file", "data"])
def test_a_part_that_is_sent_twice_is_refused_by_name(rep, name):
    form = {"file": file(100), "data": '{"customer": {"external_id": "c"}}'}
    twice = {**form, name: [form[name], file(90) if name == "file" else form[name]]}
    error = assert_error(client_of(rep).post(f"{API}calls/", twice, format="multipart"), 400, "invalid")
    assert error["fields"] == {name: "Expected this part once."}
    assert (Call.objects.count(), DraftCall.objects.count()) == (0, 0)
