"""Outcomes from a CRM: rows as JSON or CSV, in our words or another system's, each with what became of it."""

from collections import Counter

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiRequest, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from calls import crm_outcomes, mappings
from calls.api_deliveries import asked_mapping
from calls.api_errors import MAPPING, ErrorContentSerializer, example, refusal
from calls.api_examples import OUTCOMES_TABLE, POSTED_OUTCOMES, TAKEN_OUTCOMES, with_example
from calls.api_once import OncePerKey
from calls.api_outcome_rows import OutcomeRowSerializer, numbered_rows, read
from calls.api_parsers import BoundedJSONParser, CSVParser
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.crm_outcomes import State
from calls.models import FieldMapping
from calls.tokens import Scope

TABLE = OpenApiRequest(OpenApiTypes.STR, examples=[OpenApiExample("table", value=OUTCOMES_TABLE)])
NOT_READ = refusal(
    "The table, or the mapping, cannot be used.",
    example(
        "invalid_table",
        "There is no row below the header.",
        "Expected a header and a row for each entry.",
    ),
    MAPPING,
)


@with_example(POSTED_OUTCOMES)
class PostedOutcomesSerializer(serializers.Serializer):
    rows = OutcomeRowSerializer(many=True)


class OutcomeResultSerializer(serializers.Serializer):
    number = serializers.IntegerField(help_text="Of the row, 1 for the first; in a table of its line.")
    state = serializers.ChoiceField(choices=State.choices)
    error = ErrorContentSerializer(allow_null=True)


@with_example(TAKEN_OUTCOMES)
class TakenOutcomesSerializer(serializers.Serializer):
    added = serializers.IntegerField(help_text="Evidence that was not there.")
    present = serializers.IntegerField(help_text="Evidence that was there.")
    open = serializers.IntegerField(help_text="Rows that tell no outcome.")
    unknown = serializers.IntegerField(help_text="No such call, and no call of the deal, that you may see.")
    rejected = serializers.IntegerField(help_text="Rows that cannot be taken; their errors say why.")
    rows = OutcomeResultSerializer(many=True)


class AskedOutcomeMappingSerializer(serializers.Serializer):
    mapping = serializers.CharField(
        max_length=100, default="", allow_blank=True, help_text="Whose rows they are: hubspot, salesforce, dynamics, …"
    )


class OutcomesView(OncePerKey):
    parser_classes = [BoundedJSONParser, CSVParser]
    scopes: Scopes = {"POST": Scope.ADD_LABEL}

    @extend_schema(
        parameters=[AskedOutcomeMappingSerializer],
        request={"application/json": PostedOutcomesSerializer, "text/csv": TABLE},
        responses={200: TakenOutcomesSerializer, 400: NOT_READ},
    )
    def post(self, request: Request) -> Response:
        """Adds evidence about calls and deals. Rows that cannot be taken keep none of the others."""
        name = asked_mapping(request)
        definition = mappings.named(FieldMapping.Kind.OUTCOMES, name) if name else None
        results, told = read(numbered_rows(request.data, definition), definition)
        results = sorted([*results, *crm_outcomes.take(told, asker(request))], key=lambda result: result.number)
        counts = Counter(result.state for result in results)
        counted = {state.value: counts[state] for state in State}
        return Response(TakenOutcomesSerializer({**counted, "rows": results}).data)
