"""Calls, one a row; as JSON lines with their turns, in the words that `manage.py import_calls` reads."""

from collections.abc import Iterator

from calls.delivery import column_length
from calls.models import Call, Customer
from predictions.exports.asked import ROWS_AT_ONCE, Asked
from predictions.exports.lines import Row

COLUMNS = (
    "source", "external_id", "started_at", "rep", "team", "deal", "customer_id", "customer_name", "segment", "region",
    "size", "language", "duration", "turn_count", "word_count", "outcome", "label_state", "outcome_known_at",
)  # fmt: skip
TURNS_AT_ONCE = 20  # calls whose turns are held; one may have thousands


def count(asked: Asked) -> int:
    return asked.calls().count()


def rows(asked: Asked) -> Iterator[Row]:
    return map(flat, asked.calls().select_related("rep", "team", "customer").iterator(ROWS_AT_ONCE))


def whole(asked: Asked) -> Iterator[Row]:
    calls = asked.calls().select_related("rep", "team", "customer").prefetch_related("turns")
    return map(nested, calls.iterator(TURNS_AT_ONCE))


def key_of(call: Call) -> Row:
    """What names a call here and in the system that it came from."""
    return {"source": call.source, "external_id": call.external_id, "started_at": call.started_at}


def rep_of(call: Call) -> str:
    return call.rep.username if call.rep else call.rep_name


def flat(call: Call) -> Row:
    customer = call.customer or Customer()
    return {
        **key_of(call),
        "rep": rep_of(call),
        "team": call.team.name if call.team else "",
        "deal": call.deal,
        "customer_id": customer.external_id,
        "customer_name": customer.name,
        "segment": customer.segment,
        "region": customer.region,
        "size": customer.size,
        **derived(call),
    }


def derived(call: Call) -> Row:
    """What follows from the words and from the evidence; an import works it out again."""
    return {
        "language": call.language,
        "duration": call.duration,
        "turn_count": call.turn_count,
        "word_count": call.word_count,
        "outcome": call.outcome,
        "label_state": call.label_state,
        "outcome_known_at": call.outcome_known_at,
    }


def nested(call: Call) -> Row:
    """`extra` is what an import leaves alone: outcomes come back with the evidence for them."""
    return {
        **key_of(call),
        "rep": rep_of(call),
        "team": call.team.name if call.team else "",
        "deal": call.deal,
        "language": call.language,
        "customer": delivered_customer(call),
        "turns": [
            {"speaker": turn.speaker, "role": turn.role, "text": turn.text, "start": turn.start, "end": turn.end}
            for turn in call.turns.all()
        ],
        "extra": {**derived(call), "file_name": call.file_name, "created_at": call.created_at},
    }


def delivered_customer(call: Call) -> Row:
    """The customer as delivered with this call: its columns are those texts that a column can hold."""
    known = call.customer_metadata
    columns = {name: known[name] for name in Customer.TYPED if fits(name, known.get(name))}
    metadata = {name: value for name, value in known.items() if name not in columns}
    return {"external_id": call.customer.external_id if call.customer else "", **columns, "metadata": metadata}


def fits(name: str, value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= column_length(name) and value == value.strip()
