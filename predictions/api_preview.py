"""The preview of a candidate, as one who asks may see it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calls.api_errors import example, refusal
from calls.api_examples import with_example
from predictions.api_examples import PREVIEW
from predictions.models import Preview
from predictions.seen_preview import SeenPreview

REFUSED = refusal(
    "There is nothing to compare.",
    example(
        "not_a_candidate", "Version 3 is active.", "Ask for that of a candidate: of a version that may be promoted."
    ),
    example("nothing_to_compare_with", "No other version is active.", "Promote it: it takes no other version's place."),
)


class MoveSerializer(serializers.Serializer):
    before = serializers.CharField(allow_null=True, help_text="The band now; null: no score for want of evidence.")
    after = serializers.CharField(allow_null=True, help_text="The band if this version served.")
    calls = serializers.IntegerField()


class SaidSerializer(serializers.Serializer):
    conversion_probability = serializers.FloatField(source="probability")
    band = serializers.CharField()


class MoverSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="call.pk", help_text="Of the call.")
    source = serializers.CharField(source="call.source")  # type: ignore[assignment]  # the name is part of the API
    external_id = serializers.CharField(source="call.external_id")
    before = SaidSerializer()
    after = SaidSerializer()


@with_example(PREVIEW)
class PreviewSerializer(serializers.Serializer):
    """State and progress of the job, and the result of the last one that came to its end."""

    state = serializers.ChoiceField(Preview.State.choices, source="preview.state")
    is_under_way = serializers.BooleanField(
        source="preview.is_under_way", help_text="False though asked or running: its worker was lost; ask again."
    )
    progress = serializers.FloatField(source="preview.progress", help_text="0 to 1.")
    error = serializers.CharField(source="preview.error")
    made_at = serializers.DateTimeField(
        source="preview.made_at", allow_null=True, help_text="Null: there is no result yet."
    )
    against = serializers.IntegerField(
        source="preview.against_id", allow_null=True, help_text="The version that it compares with."
    )
    is_outdated = serializers.BooleanField(help_text="That version serves no more: ask anew.")
    open_calls = serializers.IntegerField(source="preview.open_calls", help_text="With a score and without an outcome.")
    compared = serializers.IntegerField(help_text="The newest of them, at most 1,000.")
    calls = serializers.IntegerField(help_text="Those that were compared and that you may see; so in all that follows.")
    changing = serializers.IntegerField(help_text="How many of them would change band.")
    bands = serializers.SerializerMethodField()
    movers = MoverSerializer(many=True, help_text="At most ten, the largest difference first.")

    @extend_schema_field(MoveSerializer(many=True))
    def get_bands(self, seen: SeenPreview) -> list[dict[str, object]]:
        moves = sorted(seen.moves.items())
        return [{"before": old or None, "after": new or None, "calls": count} for (old, new), count in moves]
