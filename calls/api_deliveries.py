"""A call as it is posted: JSON with turns or a transcript, or a file with the rest as JSON in `data`."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from calls import mappings
from calls.api_examples import POSTED_CALL, RECEIPT, with_example
from calls.api_fields import JSONObject, Moment
from calls.api_parsers import read_json
from calls.delivery import LONGEST, Delivery
from calls.field_mapping import mapped
from calls.models import Call, FieldMapping
from calls.row_shapes import unused_keys


class PostedCustomerSerializer(serializers.Serializer):
    external_id = serializers.CharField(max_length=200)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, allow_null=True)
    segment = serializers.CharField(max_length=100, required=False, allow_blank=True, allow_null=True)
    region = serializers.CharField(max_length=100, required=False, allow_blank=True, allow_null=True)
    size = serializers.CharField(max_length=100, required=False, allow_blank=True, allow_null=True)
    source = serializers.CharField(max_length=100, required=False, allow_blank=True, allow_null=True)  # type: ignore[assignment]
    metadata = JSONObject(required=False, allow_null=True)


class PostedTurnSerializer(serializers.Serializer):
    """Only describes a turn; `calls.transcripts` reads it, so that every door reads turns alike."""

    speaker = serializers.CharField()
    text = serializers.CharField()
    role = serializers.ChoiceField(choices=["rep", "customer", "other"], required=False)
    start = serializers.FloatField(required=False, allow_null=True, help_text="Seconds from the start of the call.")
    end = serializers.FloatField(required=False, allow_null=True)


@extend_schema_field(PostedTurnSerializer(many=True))
class Turns(serializers.Field):
    default_error_messages = {
        "list": "Expected a list of turns.",
        "turn": 'Turn {number}: expected an object with "speaker" and "text".',
        "empty": "Expected at least one turn.",
    }

    def to_internal_value(self, data: object) -> list[dict[str, object]]:
        if not isinstance(data, list):
            self.fail("list")
        if not data:
            self.fail("empty")
        for number, turn in enumerate(data, start=1):
            if not isinstance(turn, dict):
                self.fail("turn", number=number)
        return data

    def to_representation(self, value: object) -> object:
        return value


@extend_schema_field(OpenApiTypes.ANY)
class Document(serializers.Field):
    default_error_messages = {"type": "Expected an object or a list."}

    def to_internal_value(self, data: object) -> object:
        if not isinstance(data, dict | list):
            self.fail("type")
        return data

    def to_representation(self, value: object) -> object:
        return value


class ConversationSerializer(serializers.Serializer):
    """What is said and what is known of it, for storing or for scoring alone."""

    started_at = Moment(required=False, allow_null=True, help_text="When the call began; now, if it is left out.")
    rep = serializers.CharField(
        max_length=LONGEST["rep"],
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="The rep's user name; a name that is no user is kept as a name.",
    )
    turns = Turns(required=False, allow_null=True)
    transcript = serializers.CharField(
        required=False, allow_null=True, trim_whitespace=False, help_text='"Rep: …" line by line, in place of turns.'
    )
    document = Document(
        required=False, allow_null=True, help_text="A transcript as another tool exports it as JSON, in place of turns."
    )

    def as_delivery(self, **more: Any) -> Delivery:
        return delivery_with(self.validated_data, **more)


def delivery_with(accepted: Mapping[str, Any], **more: Any) -> Delivery:
    given = {name: value for name, value in accepted.items() if value is not None}
    customer = given.pop("customer", None)
    if customer is not None:
        given["customer"] = {name: value for name, value in customer.items() if value is not None}
    return Delivery(**given, **more)


@with_example(POSTED_CALL)
class DeliverySerializer(ConversationSerializer):
    source = serializers.CharField(  # type: ignore[assignment]  # the name is part of the API
        max_length=LONGEST["source"], required=False, help_text='The system it comes from; "api", if it is left out.'
    )
    external_id = serializers.CharField(
        max_length=LONGEST["external_id"],
        required=False,
        help_text="The call's id in that system; made up from content and sender, if it is left out.",
    )
    deal = serializers.CharField(max_length=LONGEST["deal"], required=False, allow_blank=True, allow_null=True)
    customer = PostedCustomerSerializer()


class FileDeliverySerializer(serializers.Serializer):
    """Only describes the multipart form."""

    file = serializers.FileField(help_text="A transcript in any of the formats.")
    data = serializers.CharField(required=False, help_text="The rest of the call as a JSON object.")  # type: ignore[assignment]


class AskedMappingSerializer(serializers.Serializer):
    mapping = serializers.CharField(
        max_length=100,
        default="",
        allow_blank=True,
        help_text="Whose JSON it is, by the name of a mapping: gong, zoom, dynamics, …",
    )


@with_example(RECEIPT)
class ReceiptSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Call.State.choices)
    status_url = serializers.URLField()


def delivery_of(request: Request) -> Delivery:
    """The posted call; ValidationError names the fields that cannot be accepted."""
    if request.content_type.startswith("application/json"):
        return read_delivery(in_our_words(request, request.data))
    file, posted = request.FILES.get("file"), in_our_words(request, form_data(request))
    delivery = read_delivery(posted, **({"content": file.read(), "file_name": file.name or ""} if file else {}))
    if file is None and not {"turns", "transcript", "document"} & set(posted):
        raise ValidationError({"file": ["Expected a file, or a transcript or turns in data."]})
    return delivery


def in_our_words(request: Request, posted: Any) -> Any:
    name = asked_mapping(request)
    return mapped(mappings.named(FieldMapping.Kind.CALLS, name), posted) if name else posted


def asked_mapping(request: Request) -> str:
    asked = AskedMappingSerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return str(asked.validated_data["mapping"])


def read_delivery(posted: Any, **words: Any) -> Delivery:
    """A call of a JSON value, with `words` that came beside it."""
    form = DeliverySerializer(data=posted)
    form.is_valid(raise_exception=True)
    return form.as_delivery(unused=unused_keys(posted, frozenset(form.fields)), **words)


def form_data(request: Request) -> dict[str, Any]:
    """The JSON object in the part `data`, which some clients send as a file."""
    part = request.data.get("data") if isinstance(request.data, dict) else None
    if part is None:
        return {}
    value = read_json(part.encode(errors="surrogatepass") if isinstance(part, str) else part.read())
    if not isinstance(value, dict):
        raise ValidationError({"data": ["Expected a JSON object."]})
    return value
