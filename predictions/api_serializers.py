"""What the API says of calls and their scores."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calls.api_customers import CustomerSerializer
from calls.api_examples import with_example
from calls.api_fields import JSONObject
from calls.models import Call, Turn
from predictions.api_examples import CALL, CALL_DETAIL, NEIGHBOURS, PREDICTION
from predictions.models import Prediction


class ReasonSerializer(serializers.Serializer):
    """One thing that speaks for (positive) or against (negative) a conversion."""

    kind = serializers.ChoiceField(choices=["turn", "feature"])
    name = serializers.CharField()
    text = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    turn = serializers.IntegerField(allow_null=True, help_text="The index of the turn it points to.")
    contribution = serializers.FloatField(help_text="In log-odds.")


@extend_schema_field(ReasonSerializer(many=True))
class Reasons(serializers.JSONField):
    pass


@with_example(PREDICTION)
class PredictionSerializer(serializers.ModelSerializer):
    """The same fields as an answer of predict/, and where the score came from."""

    conversion_probability = serializers.FloatField(source="probability", allow_null=True)
    band = serializers.SerializerMethodField()
    model_version = serializers.IntegerField(source="version_id")
    reasons = Reasons()
    insights = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    curve = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="After each turn.")

    class Meta:
        model = Prediction
        fields = [
            *("id", "conversion_probability", "band", "model_version", "reasons", "insights", "reason"),
            *("curve", "turns_seen", "is_partial", "latency_ms", "created_at"),
        ]

    def get_band(self, prediction: Prediction) -> str | None:
        return prediction.band or None

    def get_reason(self, prediction: Prediction) -> str | None:
        """Why there is no probability."""
        return prediction.reason or None

    @extend_schema_field(JSONObject(allow_null=True))
    def get_insights(self, prediction: Prediction) -> dict[str, Any] | None:
        """What was written from this very score; null until then."""
        insight = self.context["insights"].get(prediction.pk)
        return insight.content if insight else None


class TurnSerializer(serializers.ModelSerializer):
    class Meta:
        model = Turn
        fields = ["index", "speaker", "role", "text", "start", "end"]


class CallCustomerSerializer(CustomerSerializer):
    class Meta(CustomerSerializer.Meta):
        fields = ["id", "external_id", "name", "segment", "region", "size", "source"]


@with_example(CALL)
class CallSerializer(serializers.ModelSerializer):
    """A row of the list; the score is the active version's, or before it has one the newest of any version."""

    rep = serializers.SerializerMethodField()
    team = serializers.CharField(source="team.name", default=None, allow_null=True)
    customer = CallCustomerSerializer(allow_null=True)
    outcome = serializers.SerializerMethodField()
    conversion_probability = serializers.FloatField(source="probability", allow_null=True)
    band = serializers.SerializerMethodField()
    model_version = serializers.IntegerField(source="score_version", allow_null=True)

    class Meta:
        model = Call
        fields = [
            *("id", "source", "external_id", "state", "reason", "started_at", "rep", "team", "customer", "deal"),
            *("duration", "turn_count", "word_count", "language", "outcome", "outcome_known_at", "label_state"),
            *("conversion_probability", "band", "model_version", "created_at"),
        ]

    def get_rep(self, call: Call) -> str | None:
        """The rep's user name, or the name as delivered."""
        return call.rep.username if call.rep else call.rep_name or None

    def get_outcome(self, call: Call) -> str | None:
        """ "won", "lost", or null while no evidence settles it."""
        return call.outcome or None

    def get_band(self, call: Call) -> str | None:
        return call.band or None  # type: ignore[attr-defined]  # annotated by with_scores


class WarningSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    count = serializers.IntegerField()
    line = serializers.IntegerField(allow_null=True)


@with_example(CALL_DETAIL)
class CallDetailSerializer(CallSerializer):
    customer_metadata = JSONObject(help_text="As delivered with this call; frozen.")
    statistics = JSONObject()
    warnings = WarningSerializer(many=True, help_text="Whatever was odd in the transcript, counted.")
    turns = TurnSerializer(many=True)
    prediction = serializers.SerializerMethodField()

    class Meta(CallSerializer.Meta):
        fields = [
            *CallSerializer.Meta.fields,
            *("file_name", "customer_metadata", "statistics", "warnings", "turns", "prediction"),
        ]

    @extend_schema_field(PredictionSerializer(allow_null=True))
    def get_prediction(self, call: Call) -> dict[str, Any] | None:
        """The newest score by the active version, before there is one by any version; null while there is none."""
        found = self.context.get("prediction")
        return PredictionSerializer(found, context=self.context).data if found else None


class PassageSerializer(serializers.Serializer):
    turn = serializers.IntegerField(help_text="The index of the neighbour's turn.")
    role = serializers.CharField()
    text = serializers.CharField()
    own_turn = serializers.IntegerField(help_text="The index of the turn of this call that is most like it.")


class NeighbourSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="call.pk")
    source = serializers.CharField(source="call.source")  # type: ignore[assignment]  # the name is part of the API
    external_id = serializers.CharField(source="call.external_id")
    started_at = serializers.DateTimeField(source="call.started_at")
    customer = CallCustomerSerializer(source="call.customer", allow_null=True)
    outcome = serializers.CharField(source="call.outcome")
    similarity = serializers.FloatField(help_text="Cosine; 1 is the same.")
    passage = PassageSerializer(allow_null=True)


@with_example(NEIGHBOURS)
class NeighboursSerializer(serializers.Serializer):
    won = NeighbourSerializer(many=True)
    lost = NeighbourSerializer(many=True)
