"""Idempotency-Key: carried out once, answered alike; whatever comes twice, at once, or breaks off."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.urls import resolve
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from calls.api_once import OncePerKey
from calls.keyed_requests import KeyInUse
from calls.models import Call, KeyedRequest, Label
from calls.tasks import forget_answers
from tests import factories
from tests.api_client import API, assert_error, client_of, posted_call
from tests.faults.crew import blocked, soon

CALLS = f"{API}calls/"
WON = {"outcome": "won", "known_at": "2026-03-09T12:00:00Z"}
KEY = {"Idempotency-Key": "transfer-1"}


@pytest.fixture
def api(rep):
    return client_of(rep)


@pytest.fixture
def labels(rep, team) -> str:
    return f"{API}calls/{factories.call(rep=rep, team=team).pk}/labels/"


def dies() -> None:
    """What a process leaves that was killed a while ago."""
    KeyedRequest.objects.update(status=None, answer=b"", lease_until=timezone.now() - timedelta(seconds=1))


def test_a_repeated_request_is_answered_with_the_first_answer(api, labels):
    first, again = (api.post(labels, WON, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Content-Type"] == first["Content-Type"]
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert Label.objects.count() == 1


def test_what_was_made_is_told_as_it_was_when_it_was_made(api):
    first = api.post(CALLS, posted_call(), headers=KEY)
    Call.objects.update(state=Call.State.SCORED)
    assert api.post(CALLS, posted_call(), headers=KEY).json() == first.json()
    assert api.post(CALLS, posted_call()).status_code == 200


def test_without_a_key_or_with_another_each_request_counts(api, labels):
    for headers in ({}, {}, KEY, {"Idempotency-Key": "transfer-2"}):
        assert api.post(labels, WON, headers=headers).status_code == 201
    assert Label.objects.count() == 4


def test_the_order_of_names_in_the_body_means_nothing(api, labels):
    api.post(labels, WON, headers=KEY)
    assert api.post(labels, dict(reversed(WON.items())), headers=KEY).status_code == 201


def test_another_request_under_the_same_key_is_refused(api, labels):
    api.post(labels, WON, headers=KEY)
    for path, body in [(labels, WON | {"outcome": "lost"}), (f"{labels}?a=1", WON), (CALLS, posted_call())]:
        assert_error(api.post(path, body, headers=KEY), 422, "idempotency_key_reused")
    assert Label.objects.count() == 1


def test_a_form_is_known_by_its_parts(api):
    def sent(content: bytes):
        data = json.dumps(posted_call(turns=...))
        form = {"file": SimpleUploadedFile("call.txt", content), "data": data}
        return api.post(CALLS, form, format="multipart", headers=KEY)

    first = sent(b"Rep: Good morning.\nCustomer: We need a tool.\n")
    assert first.status_code == 202
    assert sent(b"Rep: Good morning.\nCustomer: We need a tool.\n").content == first.content
    assert_error(sent(b"Rep: Good morning.\nCustomer: We need none.\n"), 422, "idempotency_key_reused")


def test_a_key_is_its_users_own(api, manager, labels):
    for client in (api, client_of(manager)):
        assert client.post(labels, WON, headers=KEY).status_code == 201
    assert Label.objects.count() == 2


def test_another_token_of_the_same_user_is_given_the_same_answer(api, rep, labels):
    assert api.post(labels, WON, headers=KEY).content == client_of(rep).post(labels, WON, headers=KEY).content


def test_a_refused_request_leaves_its_key_free(api, labels):
    assert_error(api.post(labels, WON | {"outcome": "maybe"}, headers=KEY), 400)
    assert_error(api.post(labels, WON | {"known_at": "2099-01-01T00:00:00Z"}, headers=KEY), 400)
    assert api.post(labels, WON, headers=KEY).status_code == 201


def test_whoever_may_not_see_an_answer_is_not_given_it(rep, labels):
    client_of(rep).post(labels, WON, headers=KEY)
    assert_error(client_of(rep, ["calls.view_call"]).post(labels, WON, headers=KEY), 403, "missing_scope")


@pytest.mark.parametrize("key", ["", "x" * 256, "\xe9", "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(api, labels, key):
    error = assert_error(api.post(labels, WON, headers={"Idempotency-Key": key}), 400, "invalid")
    assert "Idempotency-Key" in error["fields"]


def test_a_fault_of_the_server_leaves_nothing_behind(api, labels, monkeypatch):
    monkeypatch.setattr("predictions.api_calls.LabelSerializer", lambda label: 1 / 0)
    assert_error(api.post(labels, WON, headers=KEY), 500)
    assert not Label.objects.exists()
    monkeypatch.undo()
    assert api.post(labels, WON, headers=KEY).status_code == 201


def test_a_key_is_held_until_the_lease_of_a_dead_process_runs_out(api, labels, settings):
    settings.LEASE_SECONDS = 30
    api.post(labels, WON, headers=KEY)
    Label.objects.all().delete()
    KeyedRequest.objects.update(status=None)
    assert_error(api.post(labels, WON, headers=KEY), 409, "idempotency_key_in_use")
    dies()
    assert api.post(labels, WON, headers=KEY).status_code == 201
    assert api.post(labels, WON, headers=KEY)["Idempotent-Replayed"] == "true"
    assert Label.objects.count() == 1


def test_whoever_was_overtaken_takes_back_what_was_done(api, labels, monkeypatch):
    """Its lease ran out while it was slow, and the request that took over is at it."""
    keep = KeyedRequest.keep

    def overtaken(row, *answer):
        row.attempts = 0
        keep(row, *answer)

    monkeypatch.setattr(KeyedRequest, "keep", overtaken)
    assert_error(api.post(labels, WON, headers=KEY), 409, KeyInUse.code)
    assert not Label.objects.exists()
    assert KeyedRequest.objects.exists()


def test_an_answer_is_forgotten_after_a_day(api, labels):
    api.post(labels, WON, headers=KEY)
    KeyedRequest.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    forget_answers()
    assert api.post(labels, WON, headers=KEY)["Idempotent-Replayed"] == "true"
    KeyedRequest.objects.update(created_at=timezone.now() - timedelta(hours=24, minutes=1))
    assert api.post(labels, WON | {"outcome": "lost"}, headers=KEY).status_code == 201
    KeyedRequest.objects.update(created_at=timezone.now() - timedelta(hours=24, minutes=1))
    forget_answers()
    assert not KeyedRequest.objects.exists()


def test_an_answer_lies_encrypted_and_a_lost_key_is_said(api, labels, settings):
    api.post(labels, WON | {"note": "signed on Monday"}, headers=KEY)
    assert b"Monday" not in bytes(KeyedRequest.objects.get().answer)
    settings.SECRET_KEY = "another one, after somebody changed the settings"
    error = assert_error(api.post(labels, WON | {"note": "signed on Monday"}, headers=KEY), 409, KeyInUse.code)
    assert "cannot be read" in error["message"]
    assert Label.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_requests_at_the_same_moment_one_is_carried_out_and_the_others_told(api, labels):
    def sent(_: int) -> int:
        try:
            return api.post(labels, WON, headers=KEY).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        with blocked("calls_label") as waiting:
            running = [threads.submit(sent, number) for number in range(4)]
            soon(lambda: sum(each.done() for each in running) == 3 and waiting())
        assert sorted(each.result() for each in running) == [201, 409, 409, 409]
    assert Label.objects.count() == 1
    assert api.post(labels, WON, headers=KEY).status_code == 201


def posts() -> list[str]:
    return [path for path, known in SchemaGenerator().get_schema(public=True)["paths"].items() if "post" in known]


@pytest.mark.parametrize("path", posts())
def test_every_address_that_takes_a_post_knows_keys(path):
    view = resolve(path.replace("{id}", "1")).func
    assert issubclass(view.cls, OncePerKey)
