"""Search by meaning in what was said."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calls.api_examples import with_example
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Call
from calls.tokens import Scope
from predictions.api_examples import FOUND
from predictions.api_predict import NO_MODEL
from predictions.api_serializers import CallCustomerSerializer
from predictions.search import LONGEST_QUERY, search

MOST_HITS = 100


class AskedSerializer(serializers.Serializer):
    q = serializers.CharField(max_length=LONGEST_QUERY, help_text="What to look for, in words of one's own.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_HITS, default=20)


class HitSerializer(serializers.Serializer):
    """The passage of one call that is nearest to what was asked."""

    id = serializers.IntegerField(source="call.pk")
    source = serializers.CharField(source="call.source")  # type: ignore[assignment]  # the name is part of the API
    external_id = serializers.CharField(source="call.external_id")
    started_at = serializers.DateTimeField(source="call.started_at")
    customer = CallCustomerSerializer(source="call.customer", allow_null=True)
    turn = serializers.IntegerField(help_text="The index of the turn.")
    role = serializers.CharField()
    text = serializers.CharField()
    similarity = serializers.FloatField(allow_null=True, help_text="Cosine; 1 is the same. Null: found by its words.")


@with_example(FOUND)
class FoundSerializer(serializers.Serializer):
    by = serializers.ChoiceField(choices=["meaning", "words"])
    results = HitSerializer(many=True)


class SearchView(APIView):
    scopes: Scopes = {"GET": Scope.VIEW_CALL}

    @extend_schema(parameters=[AskedSerializer], responses={200: FoundSerializer, 503: NO_MODEL})
    def get(self, request: Request) -> Response:
        """The best passage of each call that one may see, nearest first; by words while no worker answers."""
        asked = AskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        visible = Call.objects.visible_to(asker(request))
        found = search(asked.validated_data["q"], visible, asked.validated_data["limit"])
        by = "meaning" if found.by_meaning else "words"
        return Response(FoundSerializer({"by": by, "results": found.hits}).data)
