"""Tables in Markdown, also fit for a terminal. What data say stands in them as plain text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

TITLES = {
    "name": "",
    "auc": "AUC",
    "auc_sd": "± folds",
    "interval": "95 %",
    "ap": "AP",
    "brier": "Brier",
    "log_loss": "log-loss",
    "ece": "ECE",
    "ece_noise": "(noise)",
    "f1": "F1",
    "accuracy": "accuracy",
    "seconds": "s",
}
BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
MARKUP = re.compile(r"[\\`*\[\]<>|~&]|(?<![^\W_])_|_(?![^\W_])")  # a line within a word, as in fine_tuned, is no markup


def plain(text: object) -> str:
    """On one line, read as it was written: no cell, line, bracketed link or tag of Markdown begins or ends in it."""
    return MARKUP.sub(r"\\\g<0>", BLANK.sub(" ", str(text)).strip())


def section(title: str, head: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    return ["", f"## {plain(title)}", "", *aligned(head, cells)] if cells else []


def aligned(head: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    rows = [tuple(plain(text) for text in line) for line in (head, *cells)]
    widths = [max(len(line[column]) for line in rows) for column in range(len(head))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def table(rows: Sequence[Mapping[str, Any]], first: str = "name") -> str:
    """Rows of metrics; a metric that no row has a value of gets no column."""
    known = {"interval" if name == "auc_low" else name for row in rows for name in row if row[name] is not None}
    names = [first, *(name for name in TITLES if name != "name" and name in known)]
    head = [TITLES.get(name, name) or "row" for name in names]
    return "\n".join(aligned(head, [[cell(row, name) for name in names] for row in rows]))


def cell(row: Mapping[str, Any], name: str) -> str:
    if name == "interval":
        return interval(row, low="auc_low", high="auc_high")
    value = row.get(name)
    if isinstance(value, str):
        return value
    return number(value, ".0%" if name == "share" else ".1f" if name == "seconds" else ".4f")


def number(value: float | None, form: str = ".3f") -> str:
    return "–" if value is None else format(value, form)


def interval(row: Mapping[str, Any], form: str = ".3f", low: str = "low", high: str = "high") -> str:
    if row.get(low) is None or row.get(high) is None:
        return "–"
    return f"{row[low]:{form}}{' to ' if form.startswith('+') else '–'}{row[high]:{form}}"
