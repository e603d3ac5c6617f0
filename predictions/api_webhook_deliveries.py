"""What was sent to webhooks: the log of each message, and sending it again."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api_examples import with_example
from calls.api_once import OncePerKey
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.tokens import Scope
from predictions.models import WebhookAttempt, WebhookDelivery
from predictions.webhooks import delivering
from predictions.webhooks.api_examples import DELIVERY

LARGEST_ID = 2**63 - 1


class AttemptSerializer(serializers.ModelSerializer):
    class Meta:
        model = WebhookAttempt
        fields = ["number", "at", "status", "latency_ms", "error", "answer"]


@with_example(DELIVERY)
class DeliverySerializer(serializers.ModelSerializer):
    message_id = serializers.CharField(source="event.message_id", help_text="The header webhook-id.")
    type = serializers.CharField(source="event.type")
    due_at = serializers.SerializerMethodField()
    log = AttemptSerializer(many=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            *("id", "webhook", "message_id", "type", "state", "attempts", "due_at", "created_at", "finished_at", "log"),
        ]

    def get_due_at(self, delivery: WebhookDelivery) -> datetime | None:
        """When it is tried next; null: not any more."""
        return delivery.due_at if delivery.state == WebhookDelivery.State.WAITING else None


class AskedDeliveriesSerializer(serializers.Serializer):
    webhook = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, help_text="Its id.")
    state = serializers.ChoiceField(WebhookDelivery.State.choices, required=False)


@extend_schema_view(list=extend_schema(parameters=[AskedDeliveriesSerializer]))
class WebhookDeliveryViewSet(OncePerKey, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Messages that were sent to webhooks, or are to be."""

    queryset = WebhookDelivery.objects.none()
    serializer_class = DeliverySerializer
    filter_backends = []
    scopes: Scopes = {"GET": Scope.VIEW_WEBHOOK, "POST": Scope.CHANGE_WEBHOOK}
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        visible = WebhookDelivery.objects.visible_to(asker(self.request))
        return visible.select_related("event").prefetch_related("log")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Messages of the last 30 days, newest first, each with its attempts."""
        asked = AskedDeliveriesSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = self.paginate_queryset(self.get_queryset().filter(**asked.validated_data)) or []
        return self.get_paginated_response(DeliverySerializer(rows, many=True).data)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Sends the message again, under the same id."""
        delivering.replay(self.get_object())
        return Response(DeliverySerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)
