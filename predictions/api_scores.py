"""The history of scores, for whoever follows it: each score once, in an order in which none is missed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api_examples import with_example
from calls.api_fields import Moment
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Call
from calls.tokens import Scope
from predictions.api_examples import SCORE
from predictions.api_paging import LINK, KeysetPages
from predictions.models import Prediction
from predictions.paging import Order, write_cursor

AS_COMMITTED = Order("scores", F("pk"), descending=False)


class AsOfSerializer(serializers.Serializer):
    as_of = Moment(required=False, help_text="The scores that there were at that time; all, if it is left out.")


class AskedScoresSerializer(serializers.Serializer):
    changed_since = Moment(required=False, help_text="Scores from that time on.")
    band_crossed = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only scores whose band is (or is not) another one."
    )


class ScoredCallSerializer(serializers.ModelSerializer):
    class Meta:
        model = Call
        fields = ["id", "source", "external_id", "deal"]


class SaidBeforeSerializer(serializers.ModelSerializer):
    conversion_probability = serializers.FloatField(source="probability", allow_null=True)
    band = serializers.SerializerMethodField()
    model_version = serializers.IntegerField(source="version_id")

    class Meta:
        model = Prediction
        fields = ["id", "conversion_probability", "band", "model_version", "created_at"]

    def get_band(self, prediction: Prediction) -> str | None:
        return prediction.band or None


@with_example(SCORE)
class ScoreSerializer(SaidBeforeSerializer):
    call = ScoredCallSerializer()
    reason = serializers.SerializerMethodField()
    before = serializers.SerializerMethodField()
    band_crossed = serializers.SerializerMethodField()

    class Meta(SaidBeforeSerializer.Meta):
        fields = [*SaidBeforeSerializer.Meta.fields, "reason", "call", "before", "band_crossed"]

    def get_reason(self, prediction: Prediction) -> str | None:
        """Why there is no probability."""
        return prediction.reason or None

    @extend_schema_field(SaidBeforeSerializer(allow_null=True))
    def get_before(self, score: Any) -> dict[str, Any] | None:
        """The score that the call had before; null: this is its first."""
        found = self.context["before"].get(score.before_id)
        return SaidBeforeSerializer(found).data if found else None

    def get_band_crossed(self, score: Any) -> bool:
        return score.before_id is not None and score.before_band != score.band


class FeedPages(KeysetPages):
    """Onwards only; `next` is where to go on, now or later, and so is always there."""

    def order(self, queryset: QuerySet[Any], request: Request) -> Order:
        return AS_COMMITTED

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        rows = self.page.rows
        link = self.link(write_cursor(rows[-1], AS_COMMITTED, backwards=False)) if rows else self.url
        return Response({"next": link, "has_more": bool(self.page.next), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        known: Mapping[str, Any] = {
            "next": {
                "type": "string",
                "format": "uri",
                "description": "Where to go on, also after the last one.",
                "example": LINK,
            },
            "has_more": {
                "type": "boolean",
                "description": "False: ask again when there can be new scores.",
                "example": False,
            },
            "results": schema,
        }
        return {"type": "object", "required": list(known), "properties": known}


class ScoresView(generics.ListAPIView):
    queryset = Prediction.objects.none()
    serializer_class = ScoreSerializer
    pagination_class = FeedPages
    filter_backends = []
    scopes: Scopes = {"GET": Scope.VIEW_PREDICTION}

    @extend_schema(parameters=[AskedScoresSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Scores of the calls that one may see, each with the one before it, in the order in which they were written.

        Whoever follows `next` gets each of them once, however many are written meanwhile.
        """
        rows: list[Any] = list(self.paginate_queryset(self.asked()) or [])
        before = Prediction.objects.in_bulk([row.before_id for row in rows if row.before_id])
        return self.get_paginated_response(ScoreSerializer(rows, many=True, context={"before": before}).data)

    def asked(self) -> QuerySet[Prediction]:
        asked = AskedScoresSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        scores = Prediction.objects.visible_to(asker(self.request)).with_before().select_related("call")
        if since := asked.validated_data.get("changed_since"):
            scores = scores.filter(created_at__gte=since)
        crossed = asked.validated_data["band_crossed"]
        return scores if crossed is None else scores.where_band_crossed(crossed=crossed)
