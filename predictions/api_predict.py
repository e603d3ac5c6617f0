"""Scores a conversation without storing it: answered at once where a worker is quick, else fetched later."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calls.api_deliveries import ConversationSerializer, PostedCustomerSerializer
from calls.api_errors import NOT_TAKEN, example, refusal
from calls.api_examples import with_example
from calls.api_fields import JSONObject
from calls.api_once import OncePerKey
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.delivery import Delivery
from calls.tokens import Scope
from predictions import predict
from predictions.api_examples import ANSWER, PENDING, QUESTION
from predictions.api_serializers import ReasonSerializer

NO_MODEL = refusal(
    "No model version is active.",
    example(
        "no_active_model",
        "No model version is active, so there is nothing that could score.",
        "An admin must train and promote a version first.",
    ),
)
FAILED = refusal(
    "The worker failed at it, or was stopped.",
    example(
        "server_error",
        "The worker failed or was stopped before it had an answer.",
        "Send it again; if it fails again, tell an admin the time at which it happened.",
    ),
)
UNREADABLE = refusal("The conversation cannot be read.", *NOT_TAKEN)


class MaybeKnownCustomerSerializer(PostedCustomerSerializer):
    external_id = serializers.CharField(max_length=200, required=False, allow_blank=True, allow_null=True)


@with_example(QUESTION)
class QuestionSerializer(ConversationSerializer):
    customer = MaybeKnownCustomerSerializer(required=False, allow_null=True)
    metadata = JSONObject(required=False, allow_null=True, help_text="The same as the customer's metadata.")

    def as_delivery(self, **more: Any) -> Delivery:
        metadata = self.validated_data.pop("metadata", None) or {}
        customer = self.validated_data.get("customer") or {}
        customer["metadata"] = {**(customer.get("metadata") or {}), **metadata}
        self.validated_data["customer"] = customer
        return super().as_delivery(**more)


@with_example(ANSWER)
class AnswerSerializer(serializers.Serializer):
    conversion_probability = serializers.FloatField(allow_null=True)
    band = serializers.CharField(allow_null=True)
    model_version = serializers.IntegerField()
    reasons = ReasonSerializer(many=True)
    insights = JSONObject(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text='Why there is no probability: "not_enough_evidence".')
    curve = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="After each turn.")
    turns_seen = serializers.IntegerField()


@with_example(PENDING)
class PendingSerializer(serializers.Serializer):
    result_url = serializers.URLField()


ANSWERED = {200: AnswerSerializer, 202: PendingSerializer, 500: FAILED, 503: NO_MODEL}


class PredictView(OncePerKey):
    scopes: Scopes = {"POST": Scope.ADD_PREDICTION}
    in_one_transaction = False

    @extend_schema(
        request=QuestionSerializer,
        responses={**ANSWERED, 400: UNREADABLE},
    )
    def post(self, request: Request) -> Response:
        """The score of a conversation; 202 and an address to ask again where it takes longer than 10 seconds."""
        form = QuestionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        key = predict.submit(form.as_delivery(), asker(request))
        return answered(request, key, predict.wait(key, asker(request)))


class PredictResultView(APIView):
    scopes: Scopes = {"GET": Scope.ADD_PREDICTION}

    @extend_schema(
        responses=ANSWERED,
        parameters=[OpenApiParameter("key", str, OpenApiParameter.PATH, pattern="^[0-9]+-[A-Za-z0-9_-]+$")],
    )
    def get(self, request: Request, key: str) -> Response:
        """The answer to an earlier question of one's own, kept for 15 minutes."""
        is_pending = predict.is_pending(key, asker(request))  # first: an answer may come between the two looks
        found = predict.result(key, asker(request))
        if found is None and not is_pending:
            raise NotFound
        return answered(request, key, found)


def answered(request: Request, key: str, answer: dict[str, Any] | None) -> Response:
    if answer is None:
        url = request.build_absolute_uri(reverse("api:predict-result", args=[key]))
        return Response({"result_url": url}, status=status.HTTP_202_ACCEPTED)
    return Response(answer | {"reason": answer.get("reason") or None, "band": answer.get("band") or None})
