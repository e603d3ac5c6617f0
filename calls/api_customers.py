"""Customers, as far as one may see a call of theirs."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from calls import erasing, held
from calls.api_erasures import NAME_DIFFERS, ErasureSerializer, KeepsPrivacy, PostedNameSerializer
from calls.api_examples import CUSTOMER, HELD, with_example
from calls.api_fields import JSONObject
from calls.api_once import OncePerKey
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Customer, Disclosure
from calls.subject_export import zip_of
from calls.tokens import Scope


@with_example(CUSTOMER)
class CustomerSerializer(serializers.ModelSerializer):
    metadata = JSONObject()

    class Meta:
        model = Customer
        fields = ["id", "external_id", *Customer.TYPED, "metadata", "created_at"]


class CustomerFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")

    class Meta:
        model = Customer
        fields = ["external_id", "segment", "region", "size", "source"]


@with_example(HELD)
class HeldSerializer(serializers.Serializer):
    counts = JSONObject(help_text="Rows of each table.")


class ZipRenderer(JSONRenderer):
    """For whoever asks for a zip by `Accept`; what is rendered are errors alone."""

    media_type, format = "application/zip", "zip"


OF_EXPORTING: dict[str, Any] = {
    "permission_classes": [*viewsets.ReadOnlyModelViewSet.permission_classes, KeepsPrivacy],
    "scopes": {"GET": Scope.EXPORT_CUSTOMER},
    "renderer_classes": [JSONRenderer, ZipRenderer],
}
OF_ERASING: dict[str, Any] = {
    "permission_classes": [*viewsets.ReadOnlyModelViewSet.permission_classes, KeepsPrivacy],
    "scopes": {"GET": Scope.DELETE_CUSTOMER, "POST": Scope.DELETE_CUSTOMER},
}


class CustomerViewSet(OncePerKey, viewsets.ReadOnlyModelViewSet):
    """Customers of the calls that one may see."""

    queryset = Customer.objects.none()
    serializer_class = CustomerSerializer
    scopes: Scopes = {"GET": Scope.VIEW_CUSTOMER}
    filterset_class = CustomerFilter
    lookup_value_regex = "[0-9]{1,18}"

    @extend_schema(methods=["GET"], responses=HeldSerializer, filters=False)
    @extend_schema(
        methods=["POST"], request=PostedNameSerializer, responses={202: ErasureSerializer, 400: NAME_DIFFERS}
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_class=None, **OF_ERASING)
    def erase(self, request: Request, pk: str) -> Response:
        """What would go with the customer, in counts; a POST with the customer's name has it erased, for good."""
        customer = self.get_object()
        if request.method != "POST":
            return Response(HeldSerializer({"counts": held.counted(held.tables_of(customer))}).data)
        form = PostedNameSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        erasure = erasing.ask(customer, typed=form.validated_data["name"], by=asker(request))
        shown = ErasureSerializer(erasure, context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, filters=False)
    @action(
        detail=True,
        pagination_class=None,
        filterset_class=None,
        **OF_EXPORTING,
    )
    def export(self, request: Request, pk: str) -> HttpResponseBase:
        """All that is held of the customer, as one zip: a file of JSON for each table. Written down."""
        return zip_of(self.get_object(), by=asker(request), door=Disclosure.Door.API)

    def get_queryset(self) -> QuerySet[Customer]:
        return Customer.objects.visible_to(asker(self.request))
