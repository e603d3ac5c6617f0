"""Customers erased by the API, and how far that is."""

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from calls.api_errors import example, refusal
from calls.api_examples import ERASURE, POSTED_NAME, with_example
from calls.api_fields import JSONObject
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Erasure
from calls.tokens import Scope

NAME_DIFFERS = refusal(
    "The name that was sent is not the customer's.",
    example(
        "name_differs",
        "This is not the customer's name.",
        "Type the name as it is shown.",
        {"name": "Another name."},
    ),
)


class KeepsPrivacy(BasePermission):
    message = "Only admins may erase a customer, or see all that is held of one."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return asker(request).sees_all


@with_example(POSTED_NAME)
class PostedNameSerializer(serializers.Serializer):
    name = serializers.CharField(
        max_length=200,
        help_text="The customer's, or the external id of one without: so that none goes by mistake.",
    )


@with_example(ERASURE)
class ErasureSerializer(serializers.ModelSerializer):
    status_url = serializers.HyperlinkedIdentityField("api:erasure-detail")
    counts = JSONObject(help_text="How many rows of each table went, and what else.")
    asked_by = serializers.CharField(source="asked_by.username", default=None, allow_null=True)

    class Meta:
        model = Erasure
        fields = [
            *("id", "why", "state", "customer_number", "counts", "asked_by", "status_url", "created_at", "finished_at"),
        ]


class ErasureViewSet(viewsets.ReadOnlyModelViewSet):
    """Erasures, newest first: what went, in counts alone."""

    queryset = Erasure.objects.none()
    serializer_class = ErasureSerializer
    permission_classes = [*viewsets.ReadOnlyModelViewSet.permission_classes, KeepsPrivacy]
    scopes: Scopes = {"GET": Scope.DELETE_CUSTOMER}
    filterset_fields = ["state", "why"]
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Erasure]:
        return Erasure.objects.visible_to(asker(self.request)).select_related("asked_by")
