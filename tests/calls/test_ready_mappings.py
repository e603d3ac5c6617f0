"""What other systems export, by example, through the doors of the product."""

import json
from datetime import UTC, datetime

import pytest

from calls import batch_ingest
from calls.models import Call, Label
from calls.table_files import read_table
from calls.tables import OutcomeTable
from tests import factories
from tests.api_client import API, assert_error, client_of

SAID = ("rep", "customer")
CALLS = {
    "gong": ("7782342274025937895", "Rita Moss", "0013601230sV7grAAC", "0013601230sV7gAAAS"),
    "zoom": ("4444AAAiAAAAAiAiAiiAii==", "rita@northwind.example", "opp-12", "acc-7"),
    "dynamics": (
        "c5538c88-2f87-436e-bdd8-ac4cdb77ba66",
        "Rita Moss",
        "b01138c5-9d50-4da7-a2ca-31cf180d0b8c",
        "ec0cc9bf-2595-ea11-a812-000d3a54419d",
    ),
    "hubspot": ("123456789", "11349275740", "7001", "9001"),
}
OUTCOMES = (
    *("hubspot.json", "hubspot.csv", "salesforce.json", "salesforce.csv", "salesforce_report.csv"),
    *("dynamics.json", "dynamics.csv"),
)


@pytest.fixture
def api(rep):
    return client_of(rep)


@pytest.mark.parametrize("system", CALLS)
def test_a_call_is_taken_as_its_system_tells_it(api, samples, system):
    exported = json.loads((samples / "crm" / f"calls_{system}.json").read_text())
    receipt = api.post(f"{API}calls/?mapping={system}", exported)
    assert (receipt.status_code, receipt.json().get("state")) == (202, "ready"), receipt.content
    call = Call.objects.get()
    assert (call.external_id, call.rep_name, call.deal, call.customer.external_id) == CALLS[system]
    assert call.source == system
    assert call.started_at.replace(microsecond=0) == datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
    assert [turn.role for turn in call.turns.all()] == ["rep", "customer"]
    assert [turn.start for turn in call.turns.all()] == [0.46, 4.5]
    assert call.turns.last().text.startswith("Month end.")
    assert {warning["code"] for warning in call.warnings} <= {"roles_guessed"}


def test_lines_of_a_batch_are_read_by_its_mapping(api, samples):
    exported = json.loads((samples / "crm" / "calls_gong.json").read_text())
    lines = [exported, exported | {"metaData": {"id": "2"}}, {"metaData": 5}]
    body = "\n".join(map(json.dumps, lines))
    receipt = api.post(f"{API}batches/?mapping=gong", body, content_type="application/x-ndjson").json()
    batch_ingest.take(receipt["id"])
    rows = api.get(receipt["rows_url"]).json()
    assert [row["state"] for row in rows] == ["taken", "taken", "rejected"]
    assert "customer" in rows[2]["error"]["fields"]


def test_what_a_system_does_not_know_is_said_in_our_words(api, samples):
    exported = json.loads((samples / "crm" / "calls_zoom.json").read_text())
    del exported["tracking_fields"]
    assert "customer" in assert_error(api.post(f"{API}calls/?mapping=zoom", exported), 400)["fields"]
    exported["salesconv"] = {"customer": {"external_id": "c-7"}, "deal": "d-1"}
    assert api.post(f"{API}calls/?mapping=zoom", exported).status_code == 202
    assert Call.objects.get().deal == "d-1"


@pytest.mark.parametrize("path", ["calls/", "batches/", "outcomes/"])
def test_a_mapping_that_there_is_not_is_refused(api, path):
    kind = "application/x-ndjson" if path == "batches/" else "application/json"
    error = assert_error(api.post(f"{API}{path}?mapping=fax", b"{}", content_type=kind), 400, "bad_mapping")
    assert "Expected one of" in error["fields"]["mapping"]


def told() -> list[tuple[str, str, str]]:
    return [(label.deal, label.outcome, f"{label.known_at:%Y-%m-%d}") for label in Label.objects.order_by("deal")]


EXPECTED = [("7001", "won", "2026-03-31"), ("7002", "lost", "2026-03-31")]


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcomes_are_taken_as_their_crm_tells_them(api, rep, samples, name):
    won, _, _ = (factories.call(rep=rep, deal=deal) for deal in ("7001", "7002", "7003"))
    system = name.split(".")[0].split("_")[0]
    content = (samples / "crm" / f"outcomes_{name}").read_bytes()
    kind = "text/csv" if name.endswith("csv") else "application/json"
    answer = api.post(f"{API}outcomes/?mapping={system}", content, content_type=kind)
    assert answer.status_code == 200, answer.content
    assert [row["state"] for row in answer.json()["rows"]] == ["added", "added", "open"]
    assert told() == EXPECTED
    won.refresh_from_db()
    assert (won.outcome, won.label_state) == ("won", "single")
    assert set(Label.objects.values_list("origin", "source", "author")) == {(system, "crm", None)}
    again = api.post(f"{API}outcomes/?mapping={system}", content, content_type=kind).json()
    assert (again["added"], again["present"], again["open"]) == (0, 2, 1)


@pytest.mark.parametrize("name", [name for name in OUTCOMES if name.endswith("csv")])
def test_the_admin_takes_the_tables_of_a_crm_as_they_are(db, samples, name):
    content = (samples / "crm" / f"outcomes_{name}").read_bytes()
    for added in (2, 0):
        result = OutcomeTable().import_data(read_table(content), use_transactions=True)
        assert not result.has_errors()
        assert result.totals["new"] == added
    assert told() == EXPECTED


def test_a_fault_in_the_table_of_a_crm_is_named_by_its_line(db):
    table = b"Record ID,Deal Stage,Close Date\n7003,Proposal,\n7001,Closed won,31.3.2026\n"
    [(_, [fault])] = OutcomeTable().import_data(read_table(table)).row_errors()
    assert fault.number == 3
    assert fault.said[0][0] == "known_at"
