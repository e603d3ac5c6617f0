"""Every table that can be exported, by name."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from predictions.exports import scorecards
from predictions.exports.asked import Asked
from predictions.exports.lines import FORMATS, Row


@dataclass(frozen=True)
class Table:
    name: str
    holds: str
    columns: Sequence[str]
    rows: Callable[[Asked], Iterator[Row]]
    count: Callable[[Asked], int]
    is_for_admins: bool = False

    @property
    def title(self) -> str:
        return self.name.capitalize()

    def may_be_read_by(self, asked: Asked) -> bool:
        return asked.is_of_all or not self.is_for_admins

    def lines(self, asked: Asked, format: str) -> Iterator[str]:
        write, _ = FORMATS[format]
        return write(self.columns, self.rows(asked))


TABLES = {
    table.name: table
    for table in (
        Table(
            "scorecards",
            "Answers of scorecards, one a row, with what was found by itself and what a person said.",
            scorecards.COLUMNS,
            scorecards.rows,
            scorecards.count,
        ),
    )
}
