"""Rows as the lines of a file, one at a time: however many there are, no more than one is held."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from calls.formulas import harmless

Row = Mapping[str, object]


class Line:
    """Where the csv module writes one line, and hands it back at once."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    writer = csv.writer(Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([cell(row.get(name)) for name in columns])


def json_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Also keys that are no columns: a CSV has no place for what is nested."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=written) + "\n"


def cell(value: object) -> str:
    """Numbers are never formulas, whatever sign they have."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime | date):
        return written(value)
    if isinstance(value, str):
        return harmless(value)
    return harmless(json.dumps(value, ensure_ascii=False, default=written))


def written(value: object) -> str:
    """What JSON has no type for; times to the microsecond, so that they come back the same."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export")


FORMATS = {"csv": (csv_lines, "text/csv; charset=utf-8"), "jsonl": (json_lines, "application/x-ndjson")}
