"""Customers and outcomes by CSV: what a row says, and which files are refused with what reason."""

import pytest

from calls.models import Call, Customer, Label
from calls.table_files import TableRefused, read_table
from calls.tables import CustomerTable, OutcomeTable
from tests import factories

HEADER = "source,external_id,deal,outcome,known_at,origin,note\n"


@pytest.fixture
def call(db) -> Call:
    return factories.call(external_id="42", deal="d-1")


def taken(text: str, by=None):
    return OutcomeTable().import_data(read_table(text.encode()), use_transactions=True, user=by)


def customers(content: str | bytes):
    sheet = read_table(content if isinstance(content, bytes) else content.encode())
    return CustomerTable().import_data(sheet, use_transactions=True)


def faults(result) -> list[tuple[int | None, str, str]]:
    """Line, column and reason of all that was wrong; a file with any is refused as a whole."""
    assert not Label.objects.exists()
    assert not Customer.objects.exclude(external_id__startswith="customer-").exists()
    found = [*result.base_errors, *(fault for _, row in result.row_errors() for fault in row)]
    return [(fault.number, *said) for fault in found for said in fault.said]


@pytest.mark.parametrize(
    ("rows", "line", "column", "reason"),
    [
        ("test,42,,won,,,\ntest,43,,lost,,,\n", 3, "external_id", "There is no call"),
        ("test,42,,won,,,\ntest,42,,lost,,,\n", 3, "outcome", "Line 2 says won and line 3 says lost of the same call"),
        (",,d-1,lost,,a,\n\n,,d-1,won,,b,\n", 4, "outcome", "Line 2 says lost and line 4 says won of the same deal"),
        ("test,42,,won,2026-01-01,,\n", 2, "known_at", "The outcome cannot be known before the call began"),
        ("test,42,,won,2026-02-31,,\n", 2, "known_at", "Expected a date like 2026-01-31"),
        ("test,42,,won,0001-01-01,,\n", 2, "known_at", "Expected a time in the years"),
        (f"test,42,,won,,{'x' * 151},\n", 2, "origin", "At most 150 characters"),
        ("test,42,,perhaps,,,\n", 2, "outcome", 'Expected "won", "lost" or "unclear"'),
        ("test,,,won,,,\n", 2, "external_id or deal", "Both are empty"),
        ('test,42,,won,,,"two\nlines"\ntest,43,,won,,,\n', 4, "external_id", "There is no call"),
    ],
)
def test_a_file_with_a_row_that_cannot_be_true_is_refused_with_line_and_reason(call, rows, line, column, reason):
    [fault] = faults(taken(HEADER + rows))
    assert fault[:2] == (line, column)
    assert reason in fault[2]


@pytest.mark.parametrize(
    ("header", "column", "reason"),
    [
        ("name", "external_id", "Missing."),
        ("external_id,colour", "colour", "Unknown."),
        ("external_id,name,Name", "name", "Stands there more than once."),
        ("external_id,,name", "", "A column without a name."),
    ],
)
def test_columns_are_checked_before_any_row(db, header, column, reason):
    result = customers(f"{header}\nx\n")
    assert faults(result) == [(None, column, reason)]
    assert result.base_errors[0].hint == (
        "Expected columns: external_id, name, segment, region, size, source, metadata."
    )


def test_a_mistyped_date_column_does_not_silently_mean_now(call):
    assert faults(taken("source,external_id,outcome,knwon_at\ntest,42,won,2026-03-20\n")) == [
        (None, "knwon_at", "Unknown.")
    ]


def test_outcomes_need_a_call_or_a_deal(db):
    assert faults(taken("outcome\nwon\n")) == [(None, "external_id or deal", "Missing.")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_with_the_separator_of_its_spreadsheet(db, separator):
    customers("external_id,name,region,,\nc-1,Halden,North,,\n".replace(",", separator))
    assert Customer.objects.values_list("external_id", "name", "region").get() == ("c-1", "Halden", "North")


@pytest.mark.parametrize(("encoding", "warnings"), [("utf-8", 0), ("utf-8-sig", 0), ("utf-16", 0), ("cp1252", 1)])
def test_a_table_may_have_any_encoding_and_a_guessed_one_is_said(db, encoding, warnings):
    result = customers("external_id,name\nc-1,Café Müller\n".encode(encoding))
    assert Customer.objects.get().name == "Café Müller"
    assert len(result.warnings) == warnings


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04rest", "This is a zip archive or office document, not text. Expected a table as text"),
        (b" \n", "The file is empty."),
        (b"external_id,name\n", "There is no row below the header."),
        (b"external_id,name\nc-1,Halden, Ltd\n", "Line 2 has 3 cells, the header 2 columns."),
        (b'external_id,name\nc-1,x\nc-2,"Halden\n', "Line 3: The row that begins here is broken."),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(content, reason):
    with pytest.raises(TableRefused) as refusal:
        read_table(content)
    assert reason in refusal.value.in_words


def test_metadata_is_kept_as_the_api_keeps_it(db):
    factories.customer("c-1", metadata={"plan": "basic", "since": 2020})
    customers('external_id;metadata\nc-1;"{""plan"": ""pro"", ""contact"": {""phone"": ""+1 415 555 0132""}}"\nc-2;\n')
    assert Customer.objects.get(external_id="c-1").metadata == {
        "plan": "pro",
        "since": 2020,
        "contact": {"phone": "[PHONE]"},
    }
    assert Customer.objects.get(external_id="c-2").metadata == {}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("pro", "Expected a JSON object"),
        ("[1]", "Expected an object of names and values."),
        ("[" * 5000, "Expected a JSON object"),
        ('{""a"":' * 12 + "1" + "}" * 12, "Nested more than 8 levels deep."),
    ],
)
def test_metadata_that_is_no_object_is_refused_by_its_line(db, cell, reason):
    [fault] = faults(customers(f'external_id,metadata\nc-1,\nc-2,"{cell}"\n'))
    assert fault[:2] == (3, "metadata")
    assert reason in fault[2]


def test_all_that_is_wrong_with_a_customer_is_said_at_once(db):
    said = faults(customers(f"external_id,name,size\n,{'x' * 201},{'9' * 101}\n"))
    assert [(line, column) for line, column, _ in said] == [(2, "name"), (2, "size"), (2, "external_id")]


def test_an_export_of_customers_taken_in_again_changes_nothing(db):
    factories.customer("c-1", name="Café", metadata={"plan": "pro", "seats": [1, {"é": None}]})
    factories.customer("c-2")
    exported = CustomerTable().export().csv
    assert '""é""' in exported
    assert customers(exported).totals["skip"] == 2


def test_a_row_that_fails_unforeseen_shows_no_words_of_python(call, monkeypatch):
    monkeypatch.setattr("calls.labels.record_all", lambda rows: 1 / 0)
    [(line, column, said)] = faults(taken(HEADER + "test,42,,won,2026-03-20,,\n"))
    assert (line, column, said) == (2, "", "This could not be taken, for a reason that is in the log.")


def test_a_later_file_may_correct_an_earlier_one(call):
    taken(HEADER + "test,42,,won,2026-03-20,,\n")
    taken(HEADER + "test,42,,won,2026-03-20,,\ntest,42,,lost,2026-03-21,,\n")
    call.refresh_from_db()
    assert call.outcome == "lost"


def test_notes_are_redacted(call):
    taken(HEADER + "test,42,,won,,,ring +1 415 555 0132\n")
    assert Label.objects.get().note == "ring [PHONE]"


def test_a_named_system_speaks_for_itself_and_else_whoever_brings_the_file(call, admin):
    taken(HEADER + "test,42,,won,2026-03-20,hubspot,\ntest,42,,won,2026-03-20,,\n", by=admin)
    assert set(Label.objects.values_list("origin", "author__username")) == {("hubspot", None), ("CSV import", "ada")}
    call.refresh_from_db()
    assert call.label_state == "verified"


def test_an_export_taken_in_again_adds_nothing(call, rep):
    factories.label(call, "lost", source=Label.Source.PERSON, origin="rita", author=rep)
    factories.label(call, "won")
    factories.label(None, "won", deal="d-1")
    result = taken(OutcomeTable().export().csv)
    assert (result.totals["skip"], Label.objects.count()) == (3, 3)
