"""Which calls `GET calls/` lists, in which order, and its cursor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from calls.api_fields import FIRST_YEAR, LAST_YEAR
from calls.models import Call, Outcome
from predictions.filters import turns_with
from predictions.models import Band
from predictions.paging import Order, page, read_cursor

LARGEST_PAGE = 200
UNLIKELIER, LIKELIER = -1.0, 2.0  # places of calls without a score: always last
ORDERS = {
    "-started_at": Order("Newest first", F("started_at"), True),
    "started_at": Order("Oldest first", F("started_at"), False),
    "-probability": Order("Most likely first", Coalesce(F("probability"), UNLIKELIER), True),
    "probability": Order("Least likely first", Coalesce(F("probability"), LIKELIER), False),
    "-created_at": Order("Latest delivered first", F("created_at"), True),
    "created_at": Order("First delivered first", F("created_at"), False),
}


def sensible_year(moment: datetime) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InvalidValue(f"Expected a time in the years {FIRST_YEAR} to {LAST_YEAR}.")


def letters() -> list[tuple[str, str]]:
    return [(band.letter, band.letter) for band in Band.objects.all()]


LETTERS = extend_schema_field({"type": "array", "items": {"type": "string"}})  # an admin changes them


class CallFilter(django_filters.FilterSet):
    """Over a queryset that `with_scores` made."""

    q = django_filters.CharFilter(method="search", label="Words that were said, or part of the customer's name.")
    state = django_filters.MultipleChoiceFilter(choices=Call.State.choices)
    band = LETTERS(django_filters.MultipleChoiceFilter(choices=letters, label="May be repeated."))
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices)
    label_state = django_filters.MultipleChoiceFilter(choices=Call.LabelState.choices)
    rep = django_filters.CharFilter(method="by_rep", label="The rep's user name, or the name as delivered.")
    team = django_filters.CharFilter(field_name="team__name", label="The team's name.")
    customer = django_filters.CharFilter(field_name="customer__external_id", label="The customer's external id.")
    segment = django_filters.CharFilter(field_name="customer__segment")
    deal = django_filters.CharFilter()
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    started_after = django_filters.IsoDateTimeFilter(
        field_name="started_at", lookup_expr="gte", validators=[sensible_year]
    )
    started_before = django_filters.IsoDateTimeFilter(
        field_name="started_at", lookup_expr="lt", validators=[sensible_year]
    )
    min_probability = django_filters.NumberFilter(field_name="probability", lookup_expr="gte", min_value=0, max_value=1)
    max_probability = django_filters.NumberFilter(field_name="probability", lookup_expr="lte", min_value=0, max_value=1)

    class Meta:
        model = Call
        fields: list[str] = []

    def search(self, calls: QuerySet[Call], name: str, words: str) -> QuerySet[Call]:
        return calls.filter(Q(customer__name__icontains=words) | Q(pk__in=turns_with(words).values("call")))

    def by_rep(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return calls.filter(Q(rep__username=value) | Q(rep=None, rep_name=value))


class CallCursor(BasePagination):
    """Keyset pages; a cursor belongs to the ordering it was made for."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        self.ordering = request.query_params.get("ordering") or "-started_at"
        if self.ordering not in ORDERS:
            raise ValidationError({"ordering": [f"Expected one of {', '.join(ORDERS)}."]})
        self.page = page(queryset, ORDERS[self.ordering], self.cursor(), self.size())
        return list(self.page.rows)

    def cursor(self) -> str:
        given = self.request.query_params.get("cursor", "")
        if given and read_cursor(given, ORDERS[self.ordering]) is None:
            raise ValidationError({"cursor": ["Expected a cursor from `next` or `previous` of this very list."]})
        return given

    def size(self) -> int:
        given = self.request.query_params.get("page_size", "50")
        if not (given.isascii() and given.isdecimal() and 1 <= int(given[:9]) <= LARGEST_PAGE):
            raise ValidationError({"page_size": [f"Expected a number from 1 to {LARGEST_PAGE}."]})
        return int(given)

    def link(self, cursor: str) -> str | None:
        url = self.request.build_absolute_uri()
        return replace_query_param(url, "cursor", cursor) if cursor else None

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        return Response({"next": self.link(self.page.next), "previous": self.link(self.page.previous), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}
        schemas = {
            "ordering": {"type": "string", "enum": list(ORDERS), "default": "-started_at"},
            "cursor": {"type": "string"},
            "page_size": size,
        }
        return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in schemas.items()]
