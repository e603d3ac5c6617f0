"""Interaction statistics, one call a row."""

from collections.abc import Iterator

from calls.features import FORMULAS
from calls.models import Call
from predictions.exports.asked import ROWS_AT_ONCE, Asked
from predictions.exports.calls import key_of, rep_of
from predictions.exports.lines import Row

COLUMNS = ("source", "external_id", "started_at", "rep", "team", *FORMULAS)


def count(asked: Asked) -> int:
    return asked.calls().count()


def rows(asked: Asked) -> Iterator[Row]:
    return map(row, asked.calls().select_related("rep", "team").iterator(ROWS_AT_ONCE))


def row(call: Call) -> Row:
    team = call.team.name if call.team else ""
    numbers = {name: call.statistics.get(name) for name in FORMULAS}
    return {**key_of(call), "rep": rep_of(call), "team": team, **numbers}
