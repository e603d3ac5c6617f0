"""One object of the API's or a data set's shape, from a line or a file, as a delivery with the outcome it names."""

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
from calls.row_shapes import EMPTY, unused_keys
from calls.storable import UNSTORABLE, is_storable, without_nul

OUTCOMES = {0: Outcome.LOST, 1: Outcome.WON, "lost": Outcome.LOST, "won": Outcome.WON}
EXPECTED = 'Expected a JSON object such as {"id": "1", "turns": [{"speaker": "rep", "text": "Good morning"}]}.'


@dataclass(frozen=True)
class Row:
    delivery: Delivery
    team: str = ""
    outcome: str = ""
    known_at: datetime | None = None
    unused: frozenset[str] = frozenset()  # keys that nothing became of


def loaded(line: bytes) -> object:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableDelivery("The line is not UTF-8.", fields={"line": EXPECTED}) from None
    except (ValueError, RecursionError):
        raise UnreadableDelivery("The line is not JSON.", fields={"line": EXPECTED}) from None


def read_row(row: object, *, source: str, otherwise_at: datetime) -> Row:
    """The row; without "started_at" its call began at `otherwise_at`. "split" and "extra" are never looked at."""
    if not isinstance(row, Mapping):
        raise UnreadableDelivery("This is no JSON object.", fields={"row": EXPECTED})
    transcript, turns = words_of(row)
    delivery = Delivery(
        source=word(row, "source") or source,
        external_id=word(row, "external_id") or word(row, "id"),
        started_at=moment(row, "started_at") or otherwise_at,
        rep=word(row, "rep"),
        deal=word(row, "deal"),
        customer=customer_of(row),
        transcript=transcript,
        turns=turns,
        language=word(row, "language"),
    )
    return Row(
        delivery,
        team=word(row, "team"),
        outcome=outcome_of(row),
        known_at=moment(row, "known_at"),
        unused=unused_keys(row),
    )


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


def words_of(row: Mapping[str, Any]) -> tuple[str | None, list[Mapping[str, object]] | None]:
    """A text or a list of turns, which some tools call "transcript", too."""
    given = {name: row[name] for name in ("turns", "transcript") if row.get(name) not in (None, "")}
    name, words = next(iter(given.items()), ("turns", None))
    if len(given) == 2:
        problem = 'Expected either "turns" or "transcript".'
    elif isinstance(words, list):
        return None, words
    elif name == "transcript" and isinstance(words, str):
        return words, None
    else:
        problem = "Expected a list." if name == "turns" else "Expected a text."
    raise UnreadableDelivery(f"{name}: {problem}", hint=EXPECTED, fields={name: problem})


def outcome_of(row: Mapping[str, Any]) -> str:
    value = row.get("outcome")
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value not in OUTCOMES:
        expected = "Expected 0, 1, null, lost or won."
        raise UnreadableDelivery(f"outcome: {expected}", fields={"outcome": expected})
    return OUTCOMES[value]


def customer_of(row: Mapping[str, Any]) -> Mapping[str, object]:
    """The group and metadata of a data set, columns that we know lifted from them, under the API's "customer"."""
    metadata = row.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise UnreadableDelivery("metadata: expected an object.", fields={"metadata": "Expected an object."})
    columns = {name: short(metadata.get(name), name) for name in Customer.TYPED}
    customer = {**columns, "external_id": word(row, "group"), "metadata": metadata}
    given = row.get("customer")
    if given is None:
        return customer
    if not isinstance(given, Mapping):
        return given  # named with all other problems of the delivery
    inner = given.get("metadata")
    joined = {**metadata, **inner} if isinstance(inner, Mapping) else inner or metadata
    return {**customer, **{name: value for name, value in given.items() if value not in EMPTY}, "metadata": joined}


def short(value: object, name: str) -> str:
    """A value that fits its column; what does not stays in the metadata only."""
    text = "" if isinstance(value, bool) or not isinstance(value, str | int | float) else str(value).strip()
    return text if len(text) <= column_length(name) else ""
