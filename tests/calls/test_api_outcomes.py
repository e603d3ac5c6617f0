"""Outcomes by the API, many at a time."""

from datetime import UTC, datetime

import pytest

from calls.models import Label
from tests import factories
from tests.api_client import API, assert_error, client_of

OUTCOMES = f"{API}outcomes/"


@pytest.fixture
def api(rep):
    return client_of(rep)


@pytest.fixture
def call(rep, team):
    return factories.call(rep=rep, team=team, external_id="42", deal="d-1")


def states(api, *rows: dict) -> list[str]:
    answer = api.post(OUTCOMES, {"rows": list(rows)})
    assert answer.status_code == 200, answer.content
    return [row["state"] for row in answer.json()["rows"]]


def test_a_row_speaks_of_a_call_or_of_a_deal(api, rep, call):
    of_call = {"source": "test", "external_id": "42", "outcome": "won", "known_at": "2026-03-09T12:00:00Z"}
    assert states(api, of_call, {"deal": "d-1", "outcome": "won", "origin": "crm", "note": "call 415 555 0132"}) == [
        "added",
        "added",
    ]
    call.refresh_from_db()
    assert (call.outcome, call.label_state) == ("won", "verified")
    own, named = Label.objects.order_by("pk")
    assert (own.call, own.source, own.origin, own.author) == (call, "api", "rita", rep)
    assert (named.deal, named.source, named.origin, named.author) == ("d-1", "crm", "crm", None)
    assert "0132" not in named.note


def test_a_day_counts_from_its_end_and_today_from_now(api, call):
    today = datetime.now(UTC)
    states(api, {"deal": "d-1", "outcome": "won", "known_at": "2026-03-09"})
    assert Label.objects.get().known_at == datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)
    states(api, {"deal": "d-1", "outcome": "lost", "known_at": f"{today:%Y-%m-%d}"})
    assert Label.objects.first().known_at <= datetime.now(UTC)


def test_a_transfer_each_night_adds_only_what_is_new(api, call):
    row = {"deal": "d-1", "outcome": "won", "origin": "crm"}
    dated = row | {"known_at": "2026-03-09"}
    assert states(api, row) == ["added"]
    assert states(api, row) == ["present"]
    assert states(api, dated) == ["added"]
    assert states(api, dated) == ["present"]
    assert states(api, row | {"outcome": "lost"}) == ["added"]
    assert states(api, dated) == ["added"]
    assert states(api, row | {"origin": "another"}) == ["added"]


def test_what_is_wrong_with_a_row_keeps_none_of_the_others(api, call):
    wrong = [
        ({"deal": "d-1", "outcome": "perhaps"}, "outcome"),
        ({"outcome": "won"}, "deal"),
        ({"deal": "d-1", "outcome": "won", "known_at": "9.3.2026"}, "known_at"),
        ({"deal": "d-1", "outcome": "won", "known_at": "0001-01-01"}, "known_at"),
        ({"source": "test", "external_id": "42", "outcome": "won", "known_at": "2026-01-01"}, "known_at"),
        ({"deal": "d-1", "outcome": "won", "known_at": "2099-01-01T00:00:00Z"}, "known_at"),
        ({"deal": "d-1", "outcome": "won", "note": "x" * 2001}, "note"),
        (5, "body"),
    ]
    answer = api.post(OUTCOMES, {"rows": [*(row for row, _ in wrong), {"deal": "d-1", "outcome": "Won"}]}).json()
    assert (answer["added"], answer["rejected"]) == (1, len(wrong))
    for result, (_, field) in zip(answer["rows"], wrong, strict=False):
        assert field in result["error"]["fields"], result
        assert result["error"]["hint"]


def test_rows_that_contradict_each_other_are_told_by_their_numbers(api, call):
    rows = [{"deal": "d-1", "outcome": outcome, "origin": "crm"} for outcome in ("won", "lost", "won")]
    answer = api.post(OUTCOMES, {"rows": rows}).json()
    assert [row["state"] for row in answer["rows"]] == ["added", "rejected", "present"]
    assert "Row 1 says won and row 2 says lost" in answer["rows"][1]["error"]["fields"]["outcome"]


def test_a_row_without_an_outcome_is_open(api, call):
    row = {"deal": "d-1"}
    assert states(api, row, row | {"outcome": None}, row | {"outcome": ""}) == ["open"] * 3


def test_what_one_may_not_see_is_as_unknown_as_what_there_is_not(call, stranger):
    api = client_of(stranger)
    rows = [{"deal": "d-1", "outcome": "won"}, {"deal": "d-9", "outcome": "won"}]
    rows += [{"source": "test", "external_id": number, "outcome": "won"} for number in ("42", "43")]
    assert states(api, *rows) == ["unknown"] * 4
    assert not Label.objects.exists()


def test_an_admin_may_tell_the_outcome_of_a_deal_before_its_calls_come(admin):
    assert states(client_of(admin), {"deal": "d-9", "outcome": "won"}) == ["added"]


def test_a_table_is_told_by_its_lines(api, call):
    table = "source;external_id;outcome;known_at\n\ntest;42;won;2026-03-09\ntest;43;won;\n;;won;\n".encode("utf-16")
    answer = api.post(OUTCOMES, table, content_type="text/csv").json()
    assert [(row["number"], row["state"]) for row in answer["rows"]] == [(3, "added"), (4, "unknown"), (5, "rejected")]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"{}", "application/json", "invalid"),
        (b"[]", "application/json", "invalid"),
        (b'{"rows": []}', "application/json", "invalid"),
        (b"", "text/csv", "invalid"),
        (b"deal,outcome\n", "text/csv", "invalid_table"),
        (b"deal,outcome\na,b,c\n", "text/csv", "invalid_table"),
        (b"a", "text/plain", "unsupported_media_type"),
    ],
)
def test_what_holds_no_rows_is_refused(api, body, kind, code):
    status = 415 if code == "unsupported_media_type" else 400
    assert_error(api.post(OUTCOMES, body, content_type=kind), status, code)


def test_many_rows_cost_few_queries(api, rep, team, django_assert_max_num_queries):
    for number in range(50):
        factories.call(rep=rep, team=team, external_id=f"c{number}", deal=f"d{number}")
    rows = [{"deal": f"d{number}", "outcome": "won", "origin": "crm"} for number in range(50)]
    with django_assert_max_num_queries(70):  # a lock for each deal, and a dozen for all of them
        assert states(api, *rows) == ["added"] * 50
