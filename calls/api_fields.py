"""Fields of the API that refuse what Django's own would let through to the database or the features."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calls.moments import FIRST_YEAR, LAST_YEAR

LARGEST_NUMBER = 1e15  # beyond it a number is an identifier, and the features would overflow


class Moment(serializers.DateTimeField):
    default_error_messages = {"year": f"Expected a time in the years {FIRST_YEAR} to {LAST_YEAR}."}

    def to_internal_value(self, value: object) -> datetime:
        moment = super().to_internal_value(value)  # type: ignore[arg-type]  # DRF checks the type itself
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail("year")
        return moment


@extend_schema_field(OpenApiTypes.OBJECT)
class JSONObject(serializers.Field):
    """An object of names and JSON values, as deep as it likes within the limits of the delivery."""

    default_error_messages = {
        "type": "Expected an object of names and values.",
        "number": f"Numbers beyond {LARGEST_NUMBER:.0e} are refused; send an identifier as text.",
    }

    def to_internal_value(self, data: object) -> dict[str, object]:
        if not isinstance(data, dict):
            self.fail("type")
        if any(abs(number) > LARGEST_NUMBER for number in numbers(data)):
            self.fail("number")
        return data

    def to_representation(self, value: Mapping[str, object]) -> Mapping[str, object]:
        return value


def numbers(value: object) -> Iterator[int | float]:
    """Every number in a JSON value, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, int | float) and not isinstance(each, bool):
            yield each
