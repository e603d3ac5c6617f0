"""Quality by rep, segment, language and length, and the calls that a version was most wrong about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from calls.language import in_english
from calls.models import Call

TITLES = {"rep": "Rep", "segment": "Customer segment", "language": "Language", "length": "Length"}
UNKNOWN = "Not known"


@dataclass(frozen=True)
class Group:
    """The segments of one kind: those with numbers, and those that are too small for them."""

    title: str
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    small: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Mistake:
    call: Call
    probability: float
    turns: int
    words: int


def groups(segments: Iterable[Mapping[str, Any]]) -> list[Group]:
    found: dict[str, Group] = {}
    for row in segments:
        group = found.setdefault(row["kind"], Group(TITLES.get(row["kind"], row["kind"])))
        (group.small if row["too_small"] else group.rows).append({**row, "title": in_words(row)})
    return list(found.values())


def in_words(row: Mapping[str, Any]) -> str:
    if row["kind"] == "length" and row["value"]:
        low, high = (int(words) for words in row["value"].split("-"))
        return f"{low:,} to {high:,} words" if low < high else f"{low:,} words"
    if row["kind"] == "language":
        return in_english(row["value"]) or UNKNOWN
    return str(row.get("name") or row["value"] or UNKNOWN)


def mistakes(rows: Iterable[Mapping[str, Any]]) -> list[Mistake]:
    """With the calls themselves; `rows` hold only calls that the reader may see."""
    rows = list(rows)
    calls = Call.objects.select_related("customer").in_bulk([row["call"] for row in rows])
    return [
        Mistake(calls[row["call"]], row["probability"], row["turns"], row["words"])
        for row in rows
        if row["call"] in calls
    ]
