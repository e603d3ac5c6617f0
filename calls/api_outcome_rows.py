"""One row that tells an outcome, as it is sent: from JSON or a table, in our words or another system's."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError

from calls import labels
from calls.api_fields import Moment
from calls.crm_outcomes import Result, State, Told
from calls.crm_tables import with_truths
from calls.error_words import described, refused
from calls.field_mapping import Definition, mapped, rows_of
from calls.models import Outcome
from calls.moments import EXPECTED_YEARS, is_possible, surely_over
from calls.refusal import Refusal
from calls.table_files import read_table

MOST_ROWS = 10_000

Row = tuple[int, object]  # number, 1 for the first, and what stands in it


class AnyCase(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data.strip().lower() if isinstance(data, str) else data)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentOrDay(serializers.Field):
    def to_internal_value(self, data: object) -> object:
        try:
            day = serializers.DateField().to_internal_value(data)  # type: ignore[arg-type]  # it checks the type itself
        except serializers.ValidationError:
            return Moment().run_validation(data)
        if not is_possible(day):
            raise ValidationError(EXPECTED_YEARS)
        return day

    def to_representation(self, value: object) -> object:
        return value


class OutcomeRowSerializer(serializers.Serializer):
    source = serializers.CharField(max_length=100, default="", allow_blank=True, allow_null=True)  # type: ignore[assignment]
    external_id = serializers.CharField(
        max_length=200, default="", allow_blank=True, allow_null=True, help_text="The call's id in the source."
    )
    deal = serializers.CharField(
        max_length=200, default="", allow_blank=True, allow_null=True, help_text="In place of a call."
    )
    outcome = AnyCase(
        choices=Outcome.choices, default="", allow_blank=True, allow_null=True, help_text="Empty while it is open."
    )
    known_at = MomentOrDay(default=None, allow_null=True, help_text="A time or a day, whose end then counts.")
    origin = serializers.CharField(
        max_length=labels.LONGEST_ORIGIN,
        default="",
        allow_blank=True,
        allow_null=True,
        help_text="The system that says so; whoever sends it, if it is left out.",
    )
    note = serializers.CharField(max_length=labels.LONGEST_NOTE, default="", allow_blank=True, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["external_id"] and not attrs["deal"]:
            raise ValidationError({"deal": ["Name a deal, or a call by source and external_id."]})
        return attrs


def numbered_rows(sent: Any, definition: Definition | None) -> list[Row]:
    if isinstance(sent, bytes):
        sheet = read_table(sent)
        rows: list[Row] = [(line, with_truths(row)) for line, row in zip(sheet.lines, sheet.dict, strict=True)]
    elif definition:
        rows = list(enumerate(rows_of(definition, sent), start=1))
    elif isinstance(sent, dict) and isinstance(sent.get("rows"), list):
        rows = list(enumerate(sent["rows"], start=1))
    else:
        raise ValidationError({"rows": ["Expected a list of rows."]})
    if not 0 < len(rows) <= MOST_ROWS:
        raise ValidationError({"rows": [f"Expected 1 to {MOST_ROWS:,} rows."]})
    return rows


def read(rows: Iterable[Row], definition: Definition | None) -> tuple[list[Result], list[Told]]:
    """Rows without an outcome, or with faults, as results; the others as what they tell."""
    results, told = [], []
    for number, row in rows:
        try:
            given = read_row(row, definition)
        except Refusal as error:
            results.append(Result(number, State.REJECTED, refused(error)["error"]))
        except APIException as error:
            results.append(Result(number, State.REJECTED, described(error)["error"]))
        else:
            if given["outcome"]:
                told.append(Told(number=number, **given))
            else:
                results.append(Result(number, State.OPEN))
    return results, told


def read_row(row: object, definition: Definition | None) -> dict[str, Any]:
    form = OutcomeRowSerializer(data=mapped(definition, row) if definition else row)
    form.is_valid(raise_exception=True)
    known_at = form.validated_data["known_at"]
    if known_at is not None and not isinstance(known_at, datetime):
        known_at = surely_over(known_at)
    return {name: value or "" for name, value in form.validated_data.items()} | {"known_at": known_at}
