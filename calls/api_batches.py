"""Many calls with one request, as JSON lines; a worker takes them in, and each line has a result."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiRequest, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from calls import batch_ingest
from calls.api_deliveries import AskedMappingSerializer, DeliverySerializer, asked_mapping
from calls.api_errors import MAPPING, ErrorContentSerializer, example, refusal
from calls.api_examples import BATCH, BATCH_ROW, LINES, with_example
from calls.api_once import OncePerKey
from calls.api_parsers import JSONLinesParser
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Batch, BatchRow
from calls.tokens import Scope

NOT_TAKEN = refusal(
    "The body holds no batch.",
    example(
        "invalid_batch",
        "A batch of 1,200 lines.",
        "Send 1 to 1,000 lines, each a call as JSON.",
        {"lines": "Expected 1 to 1,000."},
    ),
    MAPPING,
)

LINE = OpenApiRequest(DeliverySerializer, examples=[OpenApiExample("lines", value=LINES)])


@with_example(BATCH)
class BatchSerializer(serializers.ModelSerializer):
    status_url = serializers.HyperlinkedIdentityField("api:batch-detail")
    rows_url = serializers.HyperlinkedIdentityField("api:batch-rows")
    taken = serializers.IntegerField(help_text="Lines that became a call.")
    present = serializers.IntegerField(help_text="Lines whose very call had come before.")
    rejected = serializers.IntegerField(help_text="Lines that cannot be taken; their rows say why.")

    class Meta:
        model = Batch
        fields = [
            *("id", "state", "total", "done", "taken", "present", "rejected", "error"),
            *("status_url", "rows_url", "created_at", "finished_at"),
        ]


@with_example(BATCH_ROW)
class BatchRowSerializer(serializers.ModelSerializer):
    call = serializers.IntegerField(source="call_id", allow_null=True, help_text="Its id.")
    call_url = serializers.SerializerMethodField()
    error = ErrorContentSerializer(allow_null=True)

    class Meta:
        model = BatchRow
        fields = ["number", "state", "call", "call_url", "error"]

    def get_call_url(self, row: BatchRow) -> str | None:
        address = reverse("api:call-detail", args=[row.call_id]) if row.call_id else None
        return address and self.context["request"].build_absolute_uri(address)


class AskedRowsSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=BatchRow.State.choices, required=False)


@extend_schema_view(
    create=extend_schema(
        parameters=[AskedMappingSerializer],
        request={"application/x-ndjson": LINE},
        responses={202: BatchSerializer, 400: NOT_TAKEN},
    ),
)
class BatchViewSet(OncePerKey, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Calls that came many at a time, and how far a worker is with them."""

    queryset = Batch.objects.none()
    serializer_class = BatchSerializer
    parser_classes = [JSONLinesParser]
    scopes: Scopes = {"GET": Scope.ADD_CALL, "POST": Scope.ADD_CALL}
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Batch]:
        return Batch.objects.visible_to(asker(self.request)).counted()

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keeps up to 1,000 lines, each a call, for a worker. Lines that cannot be taken are rejected one by one."""
        content = request.data if isinstance(request.data, bytes) else b""  # REST framework's form for no body at all
        batch = batch_ingest.receive(content, asker(request), mapping=asked_mapping(request))
        shown = self.get_serializer(self.get_queryset().get(pk=batch.pk))
        return Response(shown.data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[AskedRowsSerializer], responses=BatchRowSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def rows(self, request: Request, pk: str) -> Response:
        """What became of each line that was read until now, in their order."""
        asked = AskedRowsSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = self.get_object().rows.filter(**asked.validated_data)
        return Response(BatchRowSerializer(rows, many=True, context=self.get_serializer_context()).data)
