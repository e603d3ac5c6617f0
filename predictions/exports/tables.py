"""Every table that can be exported, by name."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from predictions.exports import audit, calls, customers, interaction, labels, reasons, scorecards, scores
from predictions.exports.asked import Asked
from predictions.exports.lines import FORMATS, Row


@dataclass(frozen=True)
class Table:
    name: str
    holds: str
    columns: Sequence[str]
    rows: Callable[[Asked], Iterator[Row]]
    count: Callable[[Asked], int]
    nested: Callable[[Asked], Iterator[Row]] | None = None  # as JSON lines, where those hold more
    is_for_admins: bool = False

    @property
    def title(self) -> str:
        return self.name.capitalize()

    def may_be_read_by(self, asked: Asked) -> bool:
        return asked.is_of_all or not self.is_for_admins

    def rows_for(self, asked: Asked, format: str) -> Iterator[Row]:
        return self.nested(asked) if self.nested and format == "jsonl" else self.rows(asked)

    def lines(self, rows: Iterator[Row], format: str) -> Iterator[str]:
        write, _ = FORMATS[format]
        return write(self.columns, rows)


CALLS = "Calls with their customer and outcome, one a row; as JSON lines also with every turn, to be imported again."
CUSTOMERS = "Customers as they are known now."
LABELS = "Evidence about outcomes: who said what, when, and since when it was known."
SCORES = "Every score of every call with the version that gave it; as JSON lines also the probability along the call."
REASONS = "What spoke for and against a conversion in each score, one reason a row."
STATISTICS = "Interaction statistics, one call a row; an import works them out again from the turns."
SCORECARDS = "Answers of scorecards, one a row, with what was found by itself and what a person said."
AUDIT = "Every change that was recorded, with its values and who made it."
TABLES = {
    table.name: table
    for table in (
        Table("calls", CALLS, calls.COLUMNS, calls.rows, calls.count, calls.whole),
        Table("customers", CUSTOMERS, customers.COLUMNS, customers.rows, customers.count),
        Table("labels", LABELS, labels.COLUMNS, labels.rows, labels.count),
        Table("scores", SCORES, scores.COLUMNS, scores.rows, scores.count),
        Table("reasons", REASONS, reasons.COLUMNS, reasons.rows, reasons.count),
        Table("statistics", STATISTICS, interaction.COLUMNS, interaction.rows, interaction.count),
        Table("scorecards", SCORECARDS, scorecards.COLUMNS, scorecards.rows, scorecards.count),
        Table("audit", AUDIT, audit.COLUMNS, audit.rows, audit.count, is_for_admins=True),
    )
}


def readable_by(asked: Asked) -> list[Table]:
    return [table for table in TABLES.values() if table.may_be_read_by(asked)]
