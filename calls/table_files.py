"""The bytes of a CSV file into rows that know on which line they stand."""

from typing import Any

import tablib
from import_export.formats.base_formats import CSV

from calls.refusal import Refusal
from calls.transcripts.decoding import decoded
from calls.transcripts.findings import Findings
from calls.transcripts.tabular import numbered_rows
from calls.transcripts.turns import UnreadableTranscript

SEPARATORS = ",;\t"  # as spreadsheets write them; the first wins where none is seen
EXPECTED = "Expected a table as text; save it as CSV in UTF-8."


class TableRefused(Refusal):
    """A file, or a row of it, is not taken; `fields` names the columns that are wrong."""

    code = "invalid_table"


class Sheet(tablib.Dataset):
    """Rows under their columns; `lines` are those on which the rows begin, the file's first line being 1."""

    def __init__(self, columns: list[str], findings: Findings) -> None:
        super().__init__(headers=columns)
        self.lines: list[int] = []
        self.warnings = [warning.message for warning in findings.warnings()]


class TableFile(CSV):
    """CSV as spreadsheets save it: with any of SEPARATORS, in any encoding that the transcripts may have."""

    def is_binary(self) -> bool:
        return True  # so the file is handed over as it came

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes, **_: Any) -> Sheet:
        return read_table(in_stream)


def read_table(content: bytes) -> Sheet:
    """TableRefused where the file is no table, or a row has more cells than there are columns."""
    findings = Findings()
    try:
        text = decoded(content, findings)
    except UnreadableTranscript as error:
        raise TableRefused(error.message, hint=EXPECTED) from None
    header = text.lstrip("\n").split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    try:
        rows = list(numbered_rows(text, separator))
    except UnreadableTranscript as error:
        raise TableRefused(str(error), hint=error.hint) from None
    return sheet_of(rows, separator, findings)


def sheet_of(rows: list[tuple[int, list[str]]], separator: str, findings: Findings) -> Sheet:
    if len(rows) < 2:
        raise TableRefused("There is no row below the header.", hint="Expected a header and a row for each entry.")
    columns = [name.lower() for name in without_empty_end(rows[0][1])]
    sheet = Sheet(columns, findings)
    for line, written in rows[1:]:
        cells = without_empty_end(written)
        if len(cells) > len(columns):
            said = f"Line {line} has {len(cells)} cells, the header {len(columns)} columns."
            raise TableRefused(said, hint=f"Put a cell in quotes if it holds “{separator}” itself.")
        sheet.append([*cells, *[""] * (len(columns) - len(cells))])
        sheet.lines.append(line)
    return sheet


def without_empty_end(cells: list[str]) -> list[str]:
    """Spreadsheets write separators up to the last column that was ever touched."""
    stripped = [cell.strip() for cell in cells]
    while stripped and not stripped[-1]:
        stripped.pop()
    return stripped
