"""Pages of the API's lists: keyset pages, whose cursors belong to one list in one order."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from predictions.paging import Order, page, read_cursor

LARGEST_PAGE, USUAL_PAGE = 200, 50
LINK = "https://salesconv.example/api/v1/calls/?cursor=WzFd"
NULLABLE_LINK = {"type": "string", "format": "uri", "nullable": True, "example": None}


class PageSerializer(serializers.Serializer):
    cursor = serializers.CharField(required=False, allow_blank=True)
    page_size = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=USUAL_PAGE)


class KeysetPages(BasePagination):
    """Of a list that has one order: newest first."""

    parameters: Mapping[str, Any] = {
        "cursor": {"type": "string"},
        "page_size": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
    }

    def order(self, queryset: QuerySet[Any], request: Request) -> Order:
        return Order(queryset.model._meta.label, F("pk"), descending=True)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        asked = PageSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        order = self.order(queryset, request)
        cursor = asked.validated_data.get("cursor", "")
        if cursor and read_cursor(cursor, order) is None:
            raise ValidationError({"cursor": ["Expected a cursor from `next` or `previous` of this very list."]})
        self.url = request.build_absolute_uri()
        self.page = page(queryset, order, cursor, asked.validated_data["page_size"])
        return list(self.page.rows)

    def link(self, cursor: str) -> str | None:
        return replace_query_param(self.url, "cursor", cursor) if cursor else None

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        return Response({"next": self.link(self.page.next), "previous": self.link(self.page.previous), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": {**NULLABLE_LINK, "example": LINK}, "previous": NULLABLE_LINK, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        described = self.parameters.items()
        return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in described]
