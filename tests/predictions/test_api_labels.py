"""Labels by the API."""

import pytest

from calls.models import Label
from tests import factories
from tests.api_client import API, assert_error, client_of


@pytest.fixture
def call(rep, team):
    return factories.call(rep=rep, team=team)


@pytest.fixture
def labels(call) -> str:
    return f"{API}calls/{call.pk}/labels/"


def test_a_label_settles_the_outcome(rep, call, labels):
    known_at = "2026-03-09T12:00:00Z"
    response = client_of(rep).post(labels, {"outcome": "won", "known_at": known_at, "note": "signed"})
    assert response.status_code == 201
    assert response.json() | {"outcome": "won", "known_at": known_at, "note": "signed"} == response.json()
    call.refresh_from_db()
    assert (call.outcome, call.label_state) == ("won", "single")


def test_a_token_speaks_through_the_api_and_a_session_for_a_person(client, rep, labels):
    assert client_of(rep).post(labels, {"outcome": "won"}).json()["source"] == Label.Source.API
    client.force_login(rep)
    label = client.post(labels, {"outcome": "won"}, content_type="application/json").json()
    assert (label["source"], label["author"]) == (Label.Source.PERSON, "rita")


def test_evidence_of_the_call_and_its_deal_is_listed_newest_first(rep, call, labels):
    factories.label(call, "lost")
    call.deal = "d"
    call.save()
    factories.label(None, "won", deal="d")
    assert [label["outcome"] for label in client_of(rep).get(labels).json()] == ["won", "lost"]


def test_sources_that_disagree_are_a_conflict(rep, manager, call, labels):
    client_of(rep).post(labels, {"outcome": "won"})
    client_of(manager).post(labels, {"outcome": "lost"})
    call.refresh_from_db()
    assert (call.outcome, call.label_state) == ("", "conflict")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "outcome"),
        ({"outcome": "maybe"}, "outcome"),
        ({"outcome": ["won"]}, "outcome"),
        ({"outcome": None}, "outcome"),
        ({"outcome": "won", "known_at": "2026-03-01T00:00:00Z"}, "known_at"),
        ({"outcome": "won", "known_at": "2099-01-01T00:00:00Z"}, "known_at"),
        ({"outcome": "won", "known_at": 5}, "known_at"),
        ({"outcome": "won", "note": "x" * 3000}, "note"),
    ],
)
def test_a_label_that_cannot_be_true_is_refused(rep, call, labels, body, field):
    error = assert_error(client_of(rep).post(labels, body), 400)
    assert field in error["fields"]
    assert not Label.objects.exists()


def test_a_page_without_its_csrf_token_may_not_label(rep, call, labels):
    from django.test import Client

    page = Client(enforce_csrf_checks=True)
    page.force_login(rep)
    assert_error(page.post(labels, {"outcome": "won"}, content_type="application/json"), 403, "permission_denied")
