"""The one shape of every error, as the OpenAPI schema describes it, with examples of the main ones."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from calls.error_words import error_body


@extend_schema_field(OpenApiTypes.OBJECT)
class NamedFields(serializers.DictField):
    """What was wrong, or counted, by the name of the field as it was sent: `customer.external_id`, `turns[3].start`."""


@extend_schema_serializer(component_name="ErrorContent")
class ErrorContentSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="For people.")
    hint = serializers.CharField(help_text="What to do about it.")
    fields = NamedFields()  # type: ignore[assignment]  # the name is part of the API


@extend_schema_serializer(component_name="Error")
class ErrorSerializer(serializers.Serializer):
    error = ErrorContentSerializer()


def example(code: str, message: str, hint: str = "", fields: dict[str, object] | None = None) -> OpenApiExample:
    return OpenApiExample(code, value=error_body(code, message, hint, fields), response_only=True)


def refusal(description: str, *examples: OpenApiExample) -> OpenApiResponse:
    """An error response of an endpoint, for `extend_schema(responses=...)`."""
    return OpenApiResponse(ErrorSerializer, description=description, examples=list(examples))


NOT_TAKEN = (
    example(
        "invalid_delivery",
        "The call cannot be accepted as it was sent.",
        fields={"turns": 'Send exactly one of "turns", "transcript" and a file.'},
    ),
    example(
        "unreadable_transcript",
        "Turn 2: expected a text.",
        fields={"turns[1]": "Turn 2: expected a text."},
    ),
)
MAPPING = example(
    "bad_mapping",
    "There is no such mapping.",
    "Expected one of dynamics, gong, hubspot, zoom.",
    {"mapping": "Expected one of dynamics, gong, hubspot, zoom."},
)
