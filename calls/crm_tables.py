"""A table as a CRM exports it, in our words."""

from datetime import date

from calls.field_mapping import FIELDS, Definition, mapped
from calls.moments import surely_over
from calls.table_files import Sheet

TRUTHS = {"true": True, "false": False}


def with_truths(row: dict[str, str]) -> dict[str, object]:
    """The filled cells; what a table writes as a word and JSON has a value for, is that value."""
    return {name: TRUTHS.get(cell.casefold(), cell) for name, cell in row.items() if cell}


def put_in_our_words(sheet: Sheet, definition: Definition) -> None:
    """Leaves rows without an outcome out: those deals are open."""
    rows = [(line, mapped(definition, with_truths(row))) for line, row in zip(sheet.lines, sheet.dict, strict=True)]
    told = [(line, row) for line, row in rows if row.get("outcome")]
    sheet.wipe()
    sheet.headers = list(FIELDS["outcomes"])
    sheet.lines = [line for line, _ in told]
    for _, row in told:
        row["known_at"] = time(row.get("known_at", ""))
        sheet.append([str(row.get(name, "")) for name in sheet.headers])


def time(known: object) -> str:
    try:
        return surely_over(date.fromisoformat(str(known))).isoformat()
    except ValueError:
        return str(known)
