"""Handing calls in."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from calls import ingest
from calls.models import Call
from tests.api_client import API, assert_error, client_of, posted_call

CALLS = f"{API}calls/"


@pytest.fixture
def api(rep):
    return client_of(rep)


def test_a_call_is_taken_in_and_can_be_followed(api):
    response = api.post(CALLS, posted_call())
    assert response.status_code == 202
    assert set(response.json()) == {"id", "state", "status_url"}
    followed = api.get(response.json()["status_url"]).json()
    assert (followed["id"], followed["state"]) == (response.json()["id"], "ready")
    assert followed["customer"]["name"] == "Acme"
    assert followed["customer_metadata"]["employees"] == 250
    assert [turn["role"] for turn in followed["turns"]] == ["rep", "customer"]


def test_a_transcript_may_stand_in_place_of_turns(api):
    response = api.post(CALLS, posted_call(turns=..., transcript="Rep: Good morning.\nCustomer: We need a tool."))
    turns = api.get(response.json()["status_url"]).json()["turns"]
    assert [turn["text"] for turn in turns] == ["Good morning.", "We need a tool."]


@pytest.mark.parametrize("as_file", [False, True])
def test_a_file_comes_with_the_rest_in_data(api, as_file):
    data = json.dumps(posted_call(turns=...))
    file = SimpleUploadedFile("call.txt", b"Rep: Good morning.\nCustomer: We need a tool.\n")
    part = SimpleUploadedFile("data.json", data.encode(), "application/json") if as_file else data
    response = api.post(CALLS, {"file": file, "data": part}, format="multipart")
    assert response.status_code == 202
    assert response.json()["state"] == "received"
    assert Call.objects.get().file_name == "call.txt"


@pytest.mark.parametrize("as_file", [False, True])
def test_keys_that_a_call_has_no_place_for_are_told_without_their_values(api, as_file):
    customer = posted_call()["customer"] | {"foo": "secret"}
    data = posted_call(startedAt="secret", bar=2, outcome="won", note=None, customer=customer)
    if as_file:
        file = SimpleUploadedFile("call.txt", b"Rep: Good morning.\nCustomer: We need a tool.\n")
        del data["turns"]
        response = api.post(CALLS, {"file": file, "data": json.dumps(data)}, format="multipart")
        ingest.parse(response.json()["id"])
    else:
        response = api.post(CALLS, data)
    [warning] = api.get(response.json()["status_url"]).json()["warnings"]
    assert warning["code"] == "unknown_keys"
    assert warning["message"].endswith("left out: 'bar', 'customer.foo', 'outcome', 'startedAt'.")


def test_keys_that_a_turn_has_no_place_for_are_told_alike(api):
    turns = [
        {"speaker": "Rita", "text": "Good morning", "startTime": 3, "mood": ""},
        {"speaker": "Tom", "text": "Hello", "note": "secret"},
    ]
    response = api.post(CALLS, posted_call(turns=turns))
    [warning] = api.get(response.json()["status_url"]).json()["warnings"]
    assert warning["message"].endswith("left out: 'turns.note', 'turns.startTime'.")


def test_the_same_delivery_again_is_answered_with_the_same_call(api):
    first = api.post(CALLS, posted_call())
    again = api.post(CALLS, posted_call())
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["id"] == first.json()["id"]
    assert Call.objects.count() == 1


def test_other_content_under_the_same_id_is_a_conflict(api):
    api.post(CALLS, posted_call())
    other = posted_call(turns=[{"speaker": "Rita", "text": "Something else was said."}])
    assert_error(api.post(CALLS, other), 409, "conflicting_delivery")


def test_an_id_taken_by_a_call_one_may_not_see_is_a_conflict_too(api, stranger):
    api.post(CALLS, posted_call())
    assert_error(client_of(stranger).post(CALLS, posted_call(rep=...)), 409, "conflicting_delivery")


def test_nobody_delivers_for_another_team(stranger, rep):
    error = assert_error(client_of(stranger).post(CALLS, posted_call()), 400)
    assert "rep" in error["fields"]


WRONG = {
    "no customer": (posted_call(customer=...), "customer"),
    "no customer id": (posted_call(customer={"name": "Acme"}), "customer.external_id"),
    "a customer that is a list": (posted_call(customer=[1]), "customer"),
    "no words": (posted_call(turns=...), "turns"),
    "both forms of words": (posted_call(transcript="Rep: hello"), "turns"),
    "turns that are an object": (posted_call(turns={"speaker": "a"}), "turns"),
    "a turn that is a number": (posted_call(turns=[1]), "turns"),
    "turns without words": (posted_call(turns=[{"speaker": "Rita", "text": " "}]), "turns"),
    "an empty list": (posted_call(turns=[]), "turns"),
    "a transcript that is a list": (posted_call(turns=..., transcript=["a"]), "transcript"),
    "an empty transcript": (posted_call(turns=..., transcript=" "), "transcript"),
    "a time that is none": (posted_call(started_at="yesterday"), "started_at"),
    "the year 1": (posted_call(started_at="0001-01-01T00:00:00+14:00"), "started_at"),
    "the year 9999": (posted_call(started_at="9999-12-31T23:59:59-14:00"), "started_at"),
    "the future": (posted_call(started_at="2099-01-01T00:00:00Z"), "started_at"),
    "a long id": (posted_call(external_id="x" * 201), "external_id"),
    "an object as id": (posted_call(external_id={}), "external_id"),
    "an absurd number": (posted_call(customer={"external_id": "c", "metadata": {"n": 10**300}}), "customer.metadata"),
    "metadata that is a text": (posted_call(customer={"external_id": "c", "metadata": "x"}), "customer.metadata"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_accepted_is_named(api, name):
    body, field = WRONG[name]
    error = assert_error(api.post(CALLS, body), 400)
    assert any(place == field or place.startswith(f"{field}[") for place in error["fields"]), error
    assert Call.objects.count() == 0


RAW = {
    "not JSON": (b'{"turns": [', ""),
    "not UTF-8": (b'{"source": "\xff"}', ""),
    "a list": (b"[1, 2]", "body"),
    "nothing": (b"", ""),
    "null": (b"null", ""),
    "NaN": (b'{"turns": [{"start": NaN}]}', ""),
    "infinite": (b'{"turns": [{"start": 1e999}]}', "turns[0].start"),
    "endless digits": (b'{"turns": [{"start": ' + b"9" * 9000 + b"}]}", ""),
    "deep": (b"[" * 100_000, ""),
    "NUL": (b'{"customer": {"name": "a\\u0000b"}}', "customer.name"),
    "half a surrogate": (b'{"transcript": "\\ud800"}', "transcript"),
    "a surrogate as name": (b'{"\\ud800": 1}', "body"),
}


@pytest.mark.parametrize("name", RAW)
def test_a_body_that_is_no_sound_json_is_refused(api, name):
    body, field = RAW[name]
    error = assert_error(api.post(CALLS, body, content_type="application/json"), 400)
    assert not field or field in error["fields"]


@pytest.mark.parametrize("charset", ["rot13", "hex", "nonsense"])
def test_a_strange_charset_does_no_harm(rf, db, charset):
    """Asked of the entry point itself: Django's test client does not use it."""
    from salesconv.wsgi import application

    request = rf.generic("GET", f"{CALLS}?q=a", content_type=f"application/json; charset={charset}")
    statuses = []
    application(request.environ, lambda status, headers: statuses.append(status))
    assert statuses == ["401 Unauthorized"]


def test_errors_never_quote_the_conversation(api):
    turns = [{"speaker": "Rita", "text": "My card is 4111 1111 1111 1111", "start": "soon"}]
    response = api.post(CALLS, posted_call(turns=turns))
    assert "4111" not in response.content.decode()


def test_a_body_over_the_limit_is_refused(api, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    assert_error(api.post(CALLS, posted_call(transcript="Rep: hello " * 1000)), 413, "too_large")
    file = SimpleUploadedFile("call.txt", b"Rep: hello\n" * 200)
    form = {"file": file, "data": json.dumps(posted_call(turns=...))}
    assert_error(api.post(CALLS, form, format="multipart"), 413, "too_large")


FILES = {
    "empty": b"",
    "a zip": b"PK\x03\x04" + b"\0" * 100,
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_can_be_no_transcript_is_refused_at_once(api, name):
    form = {"file": SimpleUploadedFile("call.txt", FILES[name]), "data": json.dumps(posted_call(turns=...))}
    error = assert_error(api.post(CALLS, form, format="multipart"), 400)
    assert "file" in error["fields"]


@pytest.mark.parametrize("data", ["[]", "{", "\ud800", '{"customer": 1}'])
def test_bad_data_beside_a_file_is_refused(api, data):
    form = {"file": SimpleUploadedFile("call.txt", b"Rep: hello"), "data": data.encode(errors="surrogatepass")}
    assert_error(api.post(CALLS, form, format="multipart"), 400)


def test_a_form_without_a_file_is_refused(api):
    error = assert_error(api.post(CALLS, {"data": json.dumps(posted_call(turns=...))}, format="multipart"), 400)
    assert "file" in error["fields"]
