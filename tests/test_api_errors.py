"""Every error of the API has one shape, wherever it comes from."""

import pytest
from django.test import Client

from tests import factories
from tests.api_client import API, assert_error, client_of

PATHS = (
    *("calls/", "calls/1/", "calls/1/labels/", "calls/1/predictions/", "calls/1/similar/"),
    *("customers/", "customers/1/", "training-runs/", "training-runs/1/"),
    *("model-versions/", "model-versions/1/", "predict/1-a/"),
)


@pytest.mark.parametrize("path", PATHS)
def test_whoever_sends_no_token_or_a_wrong_one_is_refused(client, db, path):
    error = assert_error(client.get(API + path), 401, "not_authenticated")
    assert "issue_token" in error["hint"]
    for wrong in ("Token nonsense", "Token", "Token a b", "Token \xff"):
        assert_error(client.get(API + path, headers={"Authorization": wrong}), 401, "authentication_failed")


@pytest.mark.parametrize("path", [*PATHS, "model-versions/1/promote/", "predict/"])
def test_a_method_that_an_address_does_not_know_is_refused(admin, path):
    assert_error(client_of(admin).delete(API + path), 405, "method_not_allowed")


@pytest.mark.parametrize("path", [f"{API}nothing/", "/api/nothing", f"{API}calls/1/nothing/", f"{API}calls/%00/"])
def test_an_address_that_does_not_exist_is_not_found(client, db, path):
    assert_error(client.get(path), 404, "not_found")


def test_a_post_without_the_last_slash_is_not_lost_on_the_way(rep):
    for path in ("calls", "predict"):
        assert "slash" in assert_error(client_of(rep).post(API + path, {}), 404, "not_found")["hint"]
    assert client_of(rep).get(f"{API}calls?page_size=1")["Location"] == f"{API}calls/?page_size=1"


def test_whoever_accepts_no_json_is_told_so(rep):
    assert_error(client_of(rep).get(f"{API}calls/", headers={"Accept": "text/html"}), 406, "not_acceptable")


@pytest.mark.parametrize("path", ["calls/", "calls/1/labels/", "training-runs/", "predict/"])
def test_a_body_of_another_kind_is_refused(admin, path):
    response = client_of(admin).post(API + path, b"a,b", content_type="text/csv")
    if path == "calls/1/labels/":
        assert_error(response, 404)
    else:
        assert_error(response, 415, "unsupported_media_type")


def test_a_fault_of_the_server_tells_nothing(rep, monkeypatch, caplog):
    monkeypatch.setattr("calls.models.CallQuerySet.visible_to", lambda *_: 1 / 0)
    response = client_of(rep).get(f"{API}calls/")
    assert_error(response, 500, "server_error")
    assert b"ZeroDivision" not in response.content
    assert "ZeroDivisionError" in caplog.text


def test_an_unknown_choice_is_not_quoted(rep):
    path = f"{API}calls/{factories.call(rep=rep).pk}/labels/"
    for outcome in ("maybe secret", ["maybe secret"], {"maybe": "secret"}):
        error = assert_error(client_of(rep).post(path, {"outcome": outcome}), 400, "invalid")
        assert "secret" not in str(error)
        assert "outcome" in error["fields"]
    for filters in ("state=secret", "band=secret", "outcome=secret", "ordering=secret"):
        assert b"secret" not in client_of(rep).get(f"{API}calls/?{filters}").content


def test_an_unknown_page_is_a_page(client, db):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_a_foreign_host_is_refused_in_the_same_shape(db):
    assert_error(Client(headers={"Host": "evil.example"}).get(f"{API}calls/"), 400, "bad_request")


def test_swagger_and_the_schema_are_served(client, db):
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "cdn" not in page.content.decode()
