"""How far people agree who answered for the same calls, in the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calls.api_examples import with_example
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.tokens import Scope
from predictions.agreement import FEWEST_CALLS, pairs
from predictions.api_examples import AGREEMENT


class PairSerializer(serializers.Serializer):
    people = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2, help_text="User names.")
    calls = serializers.IntegerField(help_text="For which both answered before they saw the other's answer.")
    agreed = serializers.IntegerField(help_text="Of these calls.")
    kappa = serializers.FloatField(allow_null=True, help_text="Cohen's; null: too few calls, or always one answer.")
    low = serializers.FloatField(allow_null=True, help_text="Of its 95 % interval.")
    high = serializers.FloatField(allow_null=True)


@with_example(AGREEMENT)
class AgreementSerializer(serializers.Serializer):
    fewest_calls = serializers.IntegerField(help_text="Of a pair, before a kappa is told.")
    pairs = PairSerializer(many=True)


class AgreementView(APIView):
    scopes: Scopes = {"GET": Scope.VIEW_LABEL}

    @extend_schema(responses={200: AgreementSerializer})
    def get(self, request: Request) -> Response:
        """Of each two people who answered for calls that one may see, the most calls first."""
        found = {"fewest_calls": FEWEST_CALLS, "pairs": pairs(asker(request))}
        return Response(AgreementSerializer(found).data)
