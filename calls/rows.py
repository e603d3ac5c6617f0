"""One object of the data set's shape, from a line or from a JSON file, as a delivery with the outcome that it names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from calls.delivery import Delivery, UnreadableDelivery, column_length
from calls.models import Customer, Outcome
from calls.moments import EXPECTED_YEARS, is_possible
from calls.storable import UNSTORABLE, is_storable, without_nul
from calls.transcripts import load_json

OUTCOMES = {0: Outcome.LOST, 1: Outcome.WON, "lost": Outcome.LOST, "won": Outcome.WON}
MARKS = frozenset(["id", "external_id", "group", "outcome", "metadata"])  # beside "turns", of a row
EXPECTED = 'Expected a JSON object such as {"id": "1", "turns": [{"speaker": "rep", "text": "Good morning"}]}.'


@dataclass(frozen=True)
class Row:
    delivery: Delivery
    team: str = ""
    outcome: str = ""
    known_at: datetime | None = None


def loaded(line: bytes) -> object:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableDelivery("The line is not UTF-8.", fields={"line": EXPECTED}) from None
    except (ValueError, RecursionError):
        raise UnreadableDelivery("The line is not JSON.", fields={"line": EXPECTED}) from None


def rows_in(content: bytes) -> list[object]:
    """The entries of a file that holds rows as one object or a list; empty where it holds a bare transcript or no JSON.

    Entries among rows that are none are given too, so that they can be refused by their place.
    """
    document = load_json(content)
    entries = document if isinstance(document, list) else [document]
    return entries if any(map(is_row, entries)) else []


def is_row(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("turns"), list) and not MARKS.isdisjoint(entry)


def read_row(row: object, *, source: str, otherwise_at: datetime) -> Row:
    """The row; without "started_at" its call began at `otherwise_at`. "extra" is never looked at."""
    if not isinstance(row, Mapping):
        raise UnreadableDelivery("This is no JSON object.", fields={"row": EXPECTED})
    transcript = row.get("transcript")
    delivery = Delivery(
        source=word(row, "source") or source,
        external_id=word(row, "external_id") or word(row, "id"),
        started_at=moment(row, "started_at") or otherwise_at,
        rep=word(row, "rep"),
        deal=word(row, "deal"),
        customer=customer_of(row),
        transcript=transcript if isinstance(transcript, str) else None,
        turns=None if isinstance(transcript, str) else turns_of(row),
    )
    return Row(delivery, team=word(row, "team"), outcome=outcome_of(row), known_at=moment(row, "known_at"))


def word(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnreadableDelivery(f"{name}: expected a text.", fields={name: "Expected a text."})
    text = without_nul(str(value))
    if not is_storable(text):
        raise UnreadableDelivery(f"{name}: {UNSTORABLE}", fields={name: UNSTORABLE})
    return text


def moment(row: Mapping[str, Any], name: str) -> datetime | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    expected = "Expected a date and time such as 2026-03-02T09:00:00Z."
    try:
        if not isinstance(value, str):
            raise ValueError
        found = parse_datetime(value)
        day = None if found else parse_date(value)
    except ValueError:
        raise UnreadableDelivery(f"{name}: {expected}", fields={name: expected}) from None
    if day is not None:
        found = datetime(day.year, day.month, day.day)
    if found is None:
        raise UnreadableDelivery(f"{name}: {expected}", fields={name: expected})
    if not is_possible(found):
        raise UnreadableDelivery(f"{name}: {EXPECTED_YEARS}", fields={name: EXPECTED_YEARS})
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def turns_of(row: Mapping[str, Any]) -> list[Mapping[str, object]]:
    turns = row.get("turns")
    if not isinstance(turns, list):
        raise UnreadableDelivery("turns: expected a list.", hint=EXPECTED, fields={"turns": "Expected a list."})
    return turns


def outcome_of(row: Mapping[str, Any]) -> str:
    value = row.get("outcome")
    if value is None or value == "":
        return ""
    if not isinstance(value, str | int | float) or value not in OUTCOMES:
        expected = "Expected 0, 1, null, lost or won."
        raise UnreadableDelivery(f"outcome: {expected}", fields={"outcome": expected})
    return OUTCOMES[value]


def customer_of(row: Mapping[str, Any]) -> Mapping[str, object]:
    """Our own "customer", or the group and metadata of a data set; the columns we know are lifted from the metadata."""
    if row.get("customer") is not None:
        return row["customer"]
    metadata = row.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise UnreadableDelivery("metadata: expected an object.", fields={"metadata": "Expected an object."})
    columns = {name: short(metadata.get(name), name) for name in Customer.TYPED}
    return {**columns, "external_id": word(row, "group"), "metadata": metadata}


def short(value: object, name: str) -> str:
    """A value that fits its column; what does not stays in the metadata only."""
    text = "" if isinstance(value, bool) or not isinstance(value, str | int | float) else str(value).strip()
    return text if len(text) <= column_length(name) else ""
