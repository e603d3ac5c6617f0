"""Outcomes by CSV: what a row says, and which rows are refused with what reason."""

import pytest
import tablib

from calls.models import Call, Label
from calls.tables import OutcomeTable
from tests import factories

HEADER = "source,external_id,deal,outcome,known_at,origin,note\n"


@pytest.fixture
def call(db) -> Call:
    return factories.call(external_id="42", deal="d-1")


def taken(text: str, by=None):
    return OutcomeTable().import_data(tablib.Dataset().load(text, format="csv"), use_transactions=True, user=by)


def refusal(text: str) -> str:
    """The one reason why a file is refused as a whole."""
    result = taken(text)
    assert not Label.objects.exists()
    return str(result.row_errors()[0][1][0].error)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("test,42,,won,,,\ntest,43,,lost,,,\n", "There is no call"),
        ("test,42,,won,,,\ntest,42,,lost,,,\n", "Row 1 says won and row 2 says lost of the same call"),
        (",,d-1,lost,,a,\ntest,42,,won,,,\n,,d-1,won,,b,\n", "Row 1 says lost and row 3 says won of the same deal"),
        ("test,42,,won,2026-01-01,,\n", "The outcome cannot be known before the call began"),
        (f"test,42,,won,,{'x' * 151},\n", "At most 150 characters"),
        ("test,42,,perhaps,,,\n", 'expected "won" or "lost"'),
    ],
)
def test_a_file_with_a_row_that_cannot_be_true_is_refused_with_the_reason(call, rows, reason):
    assert reason in refusal(HEADER + rows)


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
