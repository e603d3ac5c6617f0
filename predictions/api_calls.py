"""Calls: handed in, listed, read with their scores, likened and labelled."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiRequest, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from calls import ingest
from calls.api_deliveries import (
    AskedMappingSerializer,
    DeliverySerializer,
    FileDeliverySerializer,
    ReceiptSerializer,
    delivery_of,
)
from calls.api_errors import MAPPING, NOT_TAKEN, example, refusal
from calls.api_examples import POSTED_FILE
from calls.api_labels import NOT_KEPT, LabelSerializer, PostedLabelSerializer, add_label, evidence_on
from calls.api_once import OncePerKey
from calls.api_parsers import BoundedJSONParser, BoundedMultiPartParser
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Call, Outcome
from calls.tokens import Scope
from predictions.api_filters import CallFilter, CallPages
from predictions.api_scores import AsOfSerializer
from predictions.api_serializers import CallDetailSerializer, CallSerializer, NeighboursSerializer, PredictionSerializer
from predictions.insights.origin import insights_by_score
from predictions.models import Prediction
from predictions.shown_scores import with_scores
from predictions.similar import similar_calls

TAKEN = refusal(
    "This source and external id already name another conversation.",
    example(
        "conflicting_delivery",
        "Another conversation was already delivered with this source and external id.",
        "Send a corrected call under an external id of its own, or under another source.",
        {"external_id": "Already taken by other content."},
    ),
)
UNREADABLE = refusal("The call cannot be read.", *NOT_TAKEN, MAPPING)
FILE = OpenApiRequest(FileDeliverySerializer, examples=[OpenApiExample("file", value=POSTED_FILE)])

OF_LABELS: dict[str, Any] = {
    "scopes": {"GET": Scope.VIEW_LABEL, "POST": Scope.ADD_LABEL},
    "parser_classes": [BoundedJSONParser],
}


@extend_schema_view(
    retrieve=extend_schema(responses=CallDetailSerializer),
    create=extend_schema(
        parameters=[AskedMappingSerializer],
        request={"application/json": DeliverySerializer, "multipart/form-data": FILE},
        responses={202: ReceiptSerializer, 200: ReceiptSerializer, 400: UNREADABLE, 409: TAKEN},
    ),
)
class CallViewSet(OncePerKey, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Calls that one may see, each with its newest score."""

    queryset = Call.objects.none()
    serializer_class = CallSerializer
    scopes: Scopes = {"GET": Scope.VIEW_CALL, "POST": Scope.ADD_CALL}
    filterset_class = CallFilter
    pagination_class = CallPages
    parser_classes = [BoundedJSONParser, BoundedMultiPartParser]
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Call]:
        person = asker(self.request)
        visible = Call.objects.visible_to(person)
        if self.action not in ("list", "retrieve"):
            return visible
        return with_scores(visible, person).select_related("customer", "rep", "team")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        call = self.get_object()
        prediction = Prediction.objects.shown_of(call).revealed_to(asker(request)).first()
        context = {"prediction": prediction, "insights": insights_by_score(call)}
        return Response(CallDetailSerializer(call, context=context).data)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Hands a call in. The same delivery again is answered with the call it became."""
        receipt = ingest.receive(delivery_of(request), by=asker(request))
        location = request.build_absolute_uri(reverse("api:call-detail", args=[receipt.call.pk]))
        body = {"id": receipt.call.pk, "state": receipt.call.state, "status_url": location}
        return Response(body, status=status.HTTP_202_ACCEPTED if receipt.created else status.HTTP_200_OK)

    @extend_schema(parameters=[AsOfSerializer], responses=PredictionSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filterset_class=None, scopes={"GET": Scope.VIEW_PREDICTION})
    def predictions(self, request: Request, pk: str) -> Response:
        """Every score of the call, newest first; empty while it is not scored."""
        asked = AsOfSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        call = self.get_object()
        scores = call.predictions.revealed_to(asker(request)).newest_first()
        if moment := asked.validated_data.get("as_of"):
            scores = scores.as_of(moment)
        context = {"insights": insights_by_score(call)}
        return Response(PredictionSerializer(scores, many=True, context=context).data)

    @extend_schema(responses=NeighboursSerializer, filters=False)
    @action(detail=True, pagination_class=None, filterset_class=None)
    def similar(self, request: Request, pk: str) -> Response:
        """The nearest won and lost calls that one may see; empty while the call has no vector."""
        found = similar_calls(self.get_object(), asker(request))
        by_outcome = {outcome: [each for each in found if each.call.outcome == outcome] for outcome in Outcome.values}
        return Response(NeighboursSerializer(by_outcome).data)

    @extend_schema(methods=["GET"], responses=LabelSerializer(many=True), filters=False)
    @extend_schema(methods=["POST"], request=PostedLabelSerializer, responses={201: LabelSerializer, 400: NOT_KEPT})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None, **OF_LABELS)
    def labels(self, request: Request, pk: str) -> Response:
        """The evidence about the outcome, newest first; a POST adds to it."""
        call = self.get_object()
        if request.method == "POST":
            return Response(LabelSerializer(add_label(request, call)).data, status=status.HTTP_201_CREATED)
        return Response(LabelSerializer(evidence_on(call), many=True).data)
