"""Many calls with one request: good lines are taken whatever is wrong with others, and each line has a result."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from calls import batch_ingest, spool
from calls.models import Batch, BatchRow, Call, User
from calls.tasks import sweep
from tests import factories
from tests.api_client import API, assert_error, client_of, posted_call

BATCHES = f"{API}batches/"


@pytest.fixture
def api(rep):
    return client_of(rep)


def line(number: int, **fields) -> bytes:
    return json.dumps(posted_call(external_id=f"call-{number}", **fields)).encode()


def sent(api, *lines: bytes, **more):
    return api.post(BATCHES, b"\n".join(lines), content_type="application/x-ndjson", **more)


def worked_off(batch_id: int) -> Batch:
    """What the worker does, message by message."""
    while (batch := Batch.objects.get(pk=batch_id)).state == Batch.State.RECEIVED:
        batch_ingest.take(batch_id)
    return batch


def taken(api, *lines: bytes) -> list[dict]:
    receipt = sent(api, *lines).json()
    worked_off(receipt["id"])
    return api.get(receipt["rows_url"]).json()


def test_a_batch_is_kept_for_a_worker_and_can_be_followed(api):
    response = sent(api, line(1), line(2))
    assert response.status_code == 202
    receipt = response.json()
    assert (receipt["state"], receipt["total"], receipt["done"]) == ("received", 2, 0)
    assert not Call.objects.exists()
    worked_off(receipt["id"])
    followed = api.get(receipt["status_url"]).json()
    assert (followed["state"], followed["done"], followed["taken"]) == ("done", 2, 2)
    assert [each["id"] for each in api.get(BATCHES).json()["results"]] == [receipt["id"]]
    rows = api.get(receipt["rows_url"]).json()
    assert [row["number"] for row in rows] == [1, 2]
    assert api.get(rows[0]["call_url"]).json()["external_id"] == "call-1"


WRONG = {
    "not JSON": (b'{"turns": [', "parse_error", ""),
    "not UTF-8": (b'{"source": "\xff"}', "parse_error", ""),
    "a list": (b"[1]", "invalid", "body"),
    "NUL": (b'{"customer": {"name": "a\\u0000b"}}', "invalid", "customer.name"),
    "no customer": (line(8, customer=...), "invalid", "customer"),
    "no words": (line(8, turns=...), "invalid_delivery", "turns"),
    "a strange turn": (line(8, turns=[{"speaker": "Rita", "text": 5}]), "unreadable_transcript", "turns[0].text"),
    "the future": (line(8, started_at="2099-01-01T00:00:00Z"), "invalid_delivery", "started_at"),
}


def test_a_line_that_cannot_be_taken_keeps_none_of_the_others(api):
    lines = [line(0)]
    for number, (wrong, _, _) in enumerate(WRONG.values(), start=1):
        lines += [wrong, line(100 + number)]
    rows = taken(api, *lines)
    assert [row["state"] for row in rows] == ["taken"] + ["rejected", "taken"] * len(WRONG)
    assert Call.objects.count() == 1 + len(WRONG)
    for row, (_, code, field) in zip(rows[1::2], WRONG.values(), strict=True):
        assert row["error"]["code"] == code
        assert not field or field in row["error"]["fields"]
        assert row["error"]["hint"]
        assert row["call"] is None


def test_a_fault_is_told_by_its_line(api):
    rows = taken(api, line(1), b"", b'{"a":', line(2))
    assert [(row["number"], row["state"]) for row in rows] == [(1, "taken"), (3, "rejected"), (4, "taken")]
    assert rows[1]["error"]["message"].startswith("Line 3, column")


def test_what_came_before_and_what_comes_twice_is_present(api):
    api.post(f"{API}calls/", posted_call(external_id="call-1"))
    other = [{"speaker": "Rita", "text": "Something else was said."}]
    rows = taken(api, line(1), line(2), line(2), line(2, turns=other))
    assert [row["state"] for row in rows] == ["present", "taken", "present", "rejected"]
    assert rows[1]["call"] == rows[2]["call"]
    assert rows[3]["error"]["code"] == "conflicting_delivery"


def test_the_rows_of_one_state_can_be_asked_for(api):
    receipt = sent(api, line(1), b"{}").json()
    worked_off(receipt["id"])
    assert [row["number"] for row in api.get(receipt["rows_url"], {"state": "rejected"}).json()] == [2]
    assert_error(api.get(receipt["rows_url"], {"state": "odd"}), 400, "invalid")


@pytest.mark.parametrize("lines", [[], [b"", b" "], [b"{}"] * 1001])
def test_a_batch_has_one_to_a_thousand_lines(api, lines):
    assert_error(sent(api, *lines), 400, "invalid_batch")
    assert not Batch.objects.exists()


def test_a_thousand_lines_are_taken(api):
    receipt = sent(api, *(line(number) for number in range(1000))).json()
    worked_off(receipt["id"])
    assert Call.objects.count() == 1000
    assert api.get(receipt["status_url"]).json()["taken"] == 1000


def test_another_kind_of_body_and_too_large_a_one_are_refused(api, settings):
    assert_error(api.post(BATCHES, posted_call()), 415, "unsupported_media_type")
    settings.MAX_UPLOAD_BYTES = 100
    assert_error(sent(api, line(1)), 413, "too_large")


def test_the_same_batch_under_its_key_is_one_batch(api):
    first, again = (sent(api, line(1), headers={"Idempotency-Key": "b-1"}) for _ in range(2))
    assert first.content == again.content
    assert Batch.objects.count() == 1


def test_a_batch_is_followed_by_whoever_sent_it(api, manager, admin):
    receipt = sent(api, line(1)).json()
    for address in (receipt["status_url"], receipt["rows_url"]):
        assert_error(client_of(manager).get(address), 404, "not_found")
        assert client_of(admin).get(address).status_code == 200


def test_the_lines_lie_encrypted_until_they_are_read(api):
    receipt = sent(api, line(1)).json()
    [name] = spool.storage().listdir("")[1]
    with spool.storage().open(name) as file:
        assert b"reports" not in file.read()
    assert spool.purge(timezone.now() + timedelta(days=2)) == 0
    batch_ingest.take(receipt["id"])
    Batch.objects.filter(pk=receipt["id"]).update(spool_name="")
    assert spool.purge(timezone.now() + timedelta(days=2)) == 1


def test_rights_are_those_of_the_sender(db):
    stranger = factories.user(role=User.Role.INTEGRATION, teams=[factories.team("South")])
    factories.user("rita", team=factories.team("North"))
    [row] = taken(client_of(stranger), line(1))
    assert "rep" in row["error"]["fields"]


def test_the_line_at_which_workers_die_is_rejected_alone(api, monkeypatch, settings):
    """It takes the worker with it: what the chunk had done is undone, and its lease runs out."""
    settings.LEASE_SECONDS = 0
    ready = batch_ingest.ingest.ready

    def dies(delivery, by):
        if delivery.external_id == "call-2":
            raise MemoryError
        return ready(delivery, by)

    monkeypatch.setattr(batch_ingest.ingest, "ready", dies)
    receipt = sent(api, *(line(number) for number in range(4))).json()
    for _ in range(20):
        with suppress(MemoryError):
            worked_off(receipt["id"])
    rows = BatchRow.objects.filter(batch=receipt["id"])
    assert [row.state for row in rows] == ["taken", "taken", "rejected", "taken"]
    assert rows[2].error["code"] == "server_error"
    assert Batch.objects.get().attempts == 0


def test_after_a_failure_the_rest_goes_line_by_line_without_a_wait(api, monkeypatch):
    receipt = sent(api, *(line(number) for number in range(4))).json()
    Batch.objects.update(attempts=1, lease_until=timezone.now() - timedelta(seconds=1))  # a worker died at all four
    for done in (1, 2, 3, 4):
        batch_ingest.take(receipt["id"])
        assert Batch.objects.get().done == done


def test_a_second_message_while_a_worker_is_at_it_finds_nothing_to_do(api, monkeypatch):
    batch_id = sent(api, line(1)).json()["id"]
    held = batch_ingest.claim(batch_id)
    batch_ingest.take(batch_id)
    assert not Call.objects.exists()
    batch_ingest.keep(held, [(1, line(1))])
    assert Batch.objects.get().state == Batch.State.DONE


def test_whoever_was_overtaken_writes_nothing(api):
    held = batch_ingest.claim(sent(api, line(1)).json()["id"])
    Batch.objects.update(attempts=2)
    with pytest.raises(batch_ingest.BatchOver):
        batch_ingest.keep(held, [(1, line(1))])
    assert not Call.objects.exists()


def test_the_sweep_goes_on_with_what_nobody_is_at(api, django_capture_on_commit_callbacks):
    sent(api, line(1))
    with django_capture_on_commit_callbacks() as fresh:
        sweep()
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks() as overdue:
        sweep()
    assert (len(fresh), len(overdue)) == (0, 1)


def test_lines_that_are_gone_fail_the_batch_and_keep_what_was_taken(api, monkeypatch):
    monkeypatch.setattr(batch_ingest, "AT_ONCE", 1)
    receipt = sent(api, line(1), line(2)).json()
    batch_ingest.take(receipt["id"])
    spool.delete(Batch.objects.get().spool_name)
    worked_off(receipt["id"])
    followed = api.get(receipt["status_url"]).json()
    assert (followed["state"], followed["taken"]) == ("failed", 1)
    assert "send the file again" in followed["error"]


def test_batches_are_forgotten_after_a_month(api):
    sent(api, line(1))
    Batch.objects.update(created_at=timezone.now() - timedelta(days=31))
    sweep()
    assert not Batch.objects.exists()
