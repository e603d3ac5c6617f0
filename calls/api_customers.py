"""Customers, as far as one may see a call of theirs."""

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers, viewsets

from calls.api_examples import CUSTOMER, with_example
from calls.api_fields import JSONObject
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Customer
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


class CustomerViewSet(viewsets.ReadOnlyModelViewSet):
    """Customers of the calls that one may see."""

    queryset = Customer.objects.none()
    serializer_class = CustomerSerializer
    scopes: Scopes = {"GET": Scope.VIEW_CUSTOMER}
    filterset_class = CustomerFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Customer]:
        return Customer.objects.visible_to(asker(self.request))
