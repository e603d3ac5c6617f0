"""What each table holds, for whom, and what it costs."""

import csv
import io
import json
import weakref
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from calls.formulas import restored
from calls.models import Call
from predictions.exports import progress
from predictions.exports.asked import Asked
from predictions.exports.lines import FORMATS, csv_lines
from predictions.exports.tables import TABLES
from tests import factories
from tests.predictions import watching

REASONS = [
    {"kind": "turn", "name": "customer", "text": "=cmd", "value": None, "turn": 3, "contribution": 0.6},
    {"kind": "feature", "name": "talk_ratio", "text": "", "value": 0.4, "turn": None, "contribution": -0.2},
]


@pytest.fixture
def call(rep, team) -> Call:
    acme = factories.customer("acme", name="-Acme", metadata={"seats": 3})
    made = factories.call(
        rep=rep, team=team, outcome="won", state=Call.State.SCORED, customer=acme, statistics={"talk_ratio": 0.4}
    )
    watching.prediction(made, 0.62, band="B", reasons=REASONS)
    return made


@pytest.fixture
def read(client):
    """The rows that a person gets as CSV."""

    def rows(person, name, **query) -> list[dict[str, str]]:
        client.force_login(person)
        answer = client.get(reverse("predictions:export", args=[name, "csv"]), query)
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))

    return rows


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_any_text_comes_back_from_csv_as_it_was(cells):
    columns = [str(number) for number in range(len(cells))]
    text = "".join(csv_lines(columns, [dict(zip(columns, cells, strict=True))]))
    written = list(csv.reader(io.StringIO(text, newline="")))[1]
    assert [restored(cell) for cell in written] == cells


@pytest.mark.parametrize("name", sorted(TABLES))
@pytest.mark.parametrize("format", sorted(FORMATS))
def test_every_table_has_its_columns_in_both_formats(client, admin, call, name, format):
    client.force_login(admin)
    answer = client.get(reverse("predictions:export", args=[name, format]))
    assert answer.streaming
    lines = answer.getvalue().decode()
    if format == "csv":
        assert lines.splitlines()[0].split(",") == list(TABLES[name].columns)
    elif name != "scorecards":
        assert all(isinstance(json.loads(line), dict) for line in lines.splitlines())
        assert lines


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_count_is_that_of_the_rows(admin, call, name):
    asked = Asked(admin)
    assert TABLES[name].count(asked) == len(list(TABLES[name].rows(asked)))


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"audit", "scorecards"}))
def test_a_stranger_gets_no_row_of_what_the_rep_gets(read, call, rep, stranger, name):
    assert read(rep, name)
    assert read(stranger, name) == []


def test_only_admins_get_the_audit(client, call, manager, admin, read):
    client.force_login(manager)
    assert client.get(reverse("predictions:export", args=["audit", "csv"])).status_code == 403
    assert client.get(reverse("predictions:export_progress", args=["audit"])).status_code == 403
    kinds = {row["kind"] for row in read(admin, "audit")}
    assert {"call", "customer", "label", "team", "user"} <= kinds


def test_the_audit_names_who_changed_what(client, admin, call, read):
    client.force_login(admin)
    client.post(reverse("calls:labels", args=[call.pk]), {"outcome": "lost"})
    said = [row for row in read(admin, "audit") if row["kind"] == "label" and row["who"] == "ada"]
    assert [json.loads(row["values"])["outcome"] for row in said] == ["lost"]


def test_scores_and_reasons_wait_for_the_guess(read, call, rep, manager, team):
    team.guesses_since = timezone.now() - timedelta(days=1)
    team.save()
    open_call = factories.call(rep=rep, team=team, state=Call.State.SCORED)
    watching.prediction(open_call, 0.3, reasons=REASONS)
    for name, rows in (("scores", 1), ("reasons", 2)):
        assert len(read(rep, name)) == rows
        assert len(read(manager, name)) == 2 * rows


def test_cells_that_look_like_formulas_are_written_as_words(read, call, rep):
    assert read(rep, "reasons")[0]["text"] == "'=cmd"
    assert read(rep, "calls")[0]["customer_name"] == "'-Acme"
    assert read(rep, "reasons")[1]["contribution"] == "-0.2"


def test_rows_say_what_is_known_of_the_call(read, call, rep):
    (row,) = read(rep, "calls")
    assert (row["outcome"], row["customer_id"], row["rep"], row["team"]) == ("won", "acme", "rita", "North")
    (score,) = read(rep, "scores")
    assert (score["probability"], score["band"], score["version_state"]) == ("0.62", "B", "active")
    assert read(rep, "statistics")[0]["talk_ratio"] == "0.4"


def test_a_period_takes_both_of_its_days(read, call, rep):
    day = f"{timezone.localdate(call.started_at):%Y-%m-%d}"
    assert len(read(rep, "calls", since=day, until=day)) == 1
    assert read(rep, "calls", until="2020-01-01") == []


@pytest.mark.parametrize("day", ["2026-02-31", "9999-12-31", "soon"])
def test_a_day_that_is_none_leads_back_to_the_page(client, rep, call, day):
    client.force_login(rep)
    answer = client.get(reverse("predictions:export", args=["calls", "csv"]), {"until": day}, follow=True)
    assert answer.status_code == 422
    assert "errorlist" in answer.text


@pytest.mark.parametrize("name", sorted(TABLES))
def test_more_rows_cost_no_more_queries(admin, call, name, django_assert_max_num_queries):
    for number in range(6):
        more = factories.call(rep=call.rep, outcome="lost", customer=factories.customer(f"c-{number}"))
        watching.prediction(more, 0.2, reasons=REASONS)
    asked, table = Asked(admin), TABLES[name]
    for format in FORMATS:
        with django_assert_max_num_queries(20 if name == "audit" else 2):
            assert list(table.lines(table.rows_for(asked, format), format)) or name == "scorecards"


class HeldRow(dict):
    """A row that can be watched."""


def test_a_row_that_is_written_is_held_no_more():
    watched: list[weakref.ref[HeldRow]] = []

    def many():
        for number in range(1000):
            row = HeldRow(a=number)
            watched.append(weakref.ref(row))
            yield row

    for _ in csv_lines(["a"], many()):
        assert sum(row() is not None for row in watched) <= 2


def test_progress_is_told_while_rows_are_written(client, rep, empty_cache, db):
    rows = progress.noted(({"a": number} for number in range(1200)), 1200, rep, "calls")
    client.force_login(rep)
    address = reverse("predictions:export_progress", args=["calls"])
    assert "It begins" in client.get(address).text
    for _ in range(1001):
        next(rows)
    assert "1,000 of 1,200 rows" in client.get(address).text
    assert len(list(rows)) == 199
    assert "Done: 1,200 rows." in client.get(address).text


def test_an_export_that_never_begins_is_asked_for_no_longer(client, rep, empty_cache):
    client.force_login(rep)
    answer = client.get(reverse("predictions:export_progress", args=["calls"]), {"looked": "20"})
    assert "load delay" not in answer.text


def test_the_page_offers_what_one_may_export(client, rep, admin, call):
    for person, has_audit in ((rep, False), (admin, True)):
        client.force_login(person)
        text = client.get(reverse("predictions:exports")).text
        assert "Calls as CSV" in text
        assert ("Audit as CSV" in text) is has_audit


def test_whoever_sees_no_calls_is_told_what_to_do(client, stranger):
    client.force_login(stranger)
    assert "Upload some" in client.get(reverse("predictions:exports")).text


def test_a_person_has_one_export_at_a_time_and_is_told_which(client, admin, call, empty_cache):
    client.force_login(admin)
    address = reverse("predictions:export", args=["calls", "jsonl"])
    running = client.get(address)
    again = client.get(address, {"since": "2026-01-01"}, follow=True)
    assert again.redirect_chain[0][0] == f"{reverse('predictions:exports')}?since=2026-01-01"
    assert "Your export “Calls” is still being downloaded" in again.text
    running.getvalue()
    assert client.get(address).status_code == 200


def test_an_export_that_the_reader_breaks_off_makes_way_for_another(admin, empty_cache):
    assert progress.begin(admin, "calls")
    lines = csv_lines(["number"], progress.noted(iter([{"number": 1}, {"number": 2}]), 2, admin, "calls"))
    next(lines), next(lines)
    assert not progress.begin(admin, "calls")
    lines.close()
    assert progress.begin(admin, "calls")
