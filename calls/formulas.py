"""Cells that a spreadsheet would take for a formula: an apostrophe before them keeps them words."""

import re

# Full-width signs count, too: some programs read them like the others.
STARTS = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def harmless(text: str) -> str:
    """The text as a cell; every other text stays as it is."""
    return f"'{text}" if STARTS.match(text) else text


def restored(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith("'") and STARTS.match(cell) else cell
