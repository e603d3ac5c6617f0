"""Examples in the API's description: one call on its way, as it is sent and as it is answered."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer

AnySerializer = TypeVar("AnySerializer", bound=type)

BASE = "https://salesconv.example/api/v1"
STARTED, TAKEN_IN, SIGNED = "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", "2026-03-09T12:00:00Z"
ERROR = {
    "code": "invalid_delivery",
    "message": "The call cannot be taken in.",
    "hint": "Correct the fields that are named and send it again.",
    "fields": {"turns": 'Send exactly one of "turns", "transcript" and a file.'},
}

SEEN_CUSTOMER = {
    "id": 7,
    "external_id": "c-7",
    "name": "Acme",
    "segment": "industry",
    "region": "north",
    "size": "250",
    "source": "fair",
}
CUSTOMER = {**SEEN_CUSTOMER, "metadata": {"employees": 250}, "created_at": TAKEN_IN}
POSTED_NAME = {"name": "Acme"}
HELD = {"counts": {"customers": 1, "calls": 3, "turns": 212, "predictions": 5, "labels": 3}}
ERASURE = {
    "id": 3,
    "why": "customer",
    "state": "done",
    "customer_number": 7,
    "counts": {"customers": 1, "calls": 3, "turns": 212, "predictions": 5, "labels": 3, "recorded changes": 9},
    "asked_by": "ada",
    "status_url": f"{BASE}/erasures/3/",
    "created_at": TAKEN_IN,
    "finished_at": "2026-03-02T10:00:03Z",
}
POSTED_CALL = {
    "source": "crm",
    "external_id": "call-4711",
    "started_at": STARTED,
    "rep": "rita",
    "deal": "deal-12",
    "customer": {"external_id": "c-7", "name": "Acme", "segment": "industry", "metadata": {"employees": 250}},
    "turns": [
        {"speaker": "Rita", "role": "rep", "text": "What made you look for a new system?", "start": 0.0, "end": 3.5},
        {"speaker": "Tom", "role": "customer", "text": "Our reports take two days every month.", "start": 3.8},
    ],
}
POSTED_FILE = {
    "file": "WEBVTT\n\n00:00.000 --> 00:03.500\n<v Rita>What made you look for a new system?",
    "data": '{"source": "crm", "external_id": "call-4712", "customer": {"external_id": "c-7"}}',
}
RECEIPT = {"id": 17, "state": "ready", "status_url": f"{BASE}/calls/17/"}

LINES = """\
{"external_id": "call-4711", "customer": {"external_id": "c-7"}, "transcript": "Rep: Good morning.\\nTom: Good day."}
{"external_id": "call-4712", "customer": {"external_id": "c-8"}, "turns": [{"speaker": "Tom", "text": "Good day."}]}
"""
BATCH = {
    "id": 5,
    "state": "done",
    "total": 2,
    "done": 2,
    "taken": 1,
    "present": 0,
    "rejected": 1,
    "error": "",
    "status_url": f"{BASE}/batches/5/",
    "rows_url": f"{BASE}/batches/5/rows/",
    "created_at": TAKEN_IN,
    "finished_at": "2026-03-02T10:00:03Z",
}
BATCH_ROW = {"number": 2, "state": "rejected", "call": None, "call_url": None, "error": ERROR}

POSTED_LABEL = {"outcome": "won", "known_at": SIGNED, "note": "signed"}
LABEL = {
    **POSTED_LABEL,
    "id": 31,
    "source": "api",
    "origin": "crm",
    "author": "crm",
    "deal": "deal-12",
    "created_at": SIGNED,
}
POSTED_OUTCOMES = {
    "rows": [{"deal": "deal-12", "outcome": "won", "known_at": SIGNED, "origin": "crm", "note": "signed"}]
}
OUTCOMES_TABLE = "deal,outcome,known_at,origin\ndeal-12,won,2026-03-09,crm\n"
TAKEN_OUTCOMES = {
    "added": 1,
    "present": 0,
    "open": 0,
    "unknown": 0,
    "rejected": 0,
    "rows": [{"number": 1, "state": "added", "error": None}],
}


def with_example(value: Any, name: str = "example") -> Callable[[AnySerializer], AnySerializer]:
    """Of a serializer: shown wherever it is sent or answered, in lists as one of their rows."""
    return extend_schema_serializer(examples=[OpenApiExample(name, value=value)])
