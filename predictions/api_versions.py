"""Model versions: how good they are, and which one serves."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api_errors import example, refusal
from calls.api_examples import with_example
from calls.api_fields import JSONObject
from calls.api_once import OncePerKey
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.tokens import Scope
from mltraining.api import RunsModels
from mltraining.api_examples import OVERRIDE, PROMOTION, VERSION, VERSION_DETAIL
from mltraining.flags import flags
from mltraining.models import ModelVersion, Promotion
from predictions import preview as previewing
from predictions import promotion
from predictions.api_preview import REFUSED as PREVIEW_REFUSED
from predictions.api_preview import PreviewSerializer
from predictions.seen_preview import preview_for
from predictions.seen_report import report_for

PLACE = "The version may not change its place now."
NOT_PROMOTED = refusal(
    PLACE,
    example("not_ready", "Version 3 is not ready.", 'Give a reason as "override" to promote it all the same.'),
    example("already_active", "Version 3 is active."),
    example("already_retired", "Version 3 is retired."),
)
NOT_REVERTED = refusal(
    PLACE,
    example("not_active", "Version 3 is not the active one."),
    example("nothing_to_revert_to", "There is no earlier version to go back to.", "Promote another version instead."),
)
NOT_RETIRED = refusal(
    PLACE,
    example("is_active", "Version 3 is the active one.", "Promote or revert to another version first."),
    example("being_promoted", "Version 3 is being promoted."),
)


class VerdictReasonSerializer(serializers.Serializer):
    passed = serializers.BooleanField()
    text = serializers.CharField()


@with_example(PROMOTION)
class PromotionSerializer(serializers.ModelSerializer):
    requested_by = serializers.CharField(source="requested_by.username", default=None, allow_null=True)
    progress = serializers.FloatField(help_text="0 to 1: the share of the calls whose vectors are written.")

    class Meta:
        model = Promotion
        fields = [
            *("id", "action", "state", "progress", "calls_done", "calls_total", "override", "error"),
            *("requested_by", "created_at", "finished_at"),
        ]


class FlagSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Stable, for programs: trained_with_erased_calls.")
    message = serializers.CharField(help_text="For people.")
    hint = serializers.CharField(help_text="What to do about it.")


@with_example(VERSION)
class VersionSerializer(serializers.ModelSerializer):
    verdict_reasons = VerdictReasonSerializer(many=True)
    training_run = serializers.IntegerField(source="run_id")

    class Meta:
        model = ModelVersion
        fields = [
            *("id", "state", "verdict", "verdict_reasons", "encoder", "training_run", "format_version"),
            *("created_at", "promoted_at"),
        ]


@with_example(VERSION_DETAIL)
class VersionDetailSerializer(VersionSerializer):
    report = serializers.SerializerMethodField(
        help_text="Metrics beside baselines, calibration, and the reference for monitoring. Of calls and reps it tells "
        "what the asker may see."
    )
    flags = serializers.SerializerMethodField(help_text="What somebody must act on; mostly empty.")
    promotions = PromotionSerializer(many=True, help_text="Every change of its place, newest first.")

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "flags", "report", "promotions"]

    @extend_schema_field(FlagSerializer(many=True))
    def get_flags(self, version: ModelVersion) -> list[dict[str, str]]:
        return [asdict(flag) for flag in flags(version)]

    @extend_schema_field(JSONObject)
    def get_report(self, version: ModelVersion) -> dict[str, Any]:
        return report_for(asker(self.context["request"]), version)


@with_example(OVERRIDE)
class OverrideSerializer(serializers.Serializer):
    override = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="Why a version that is not ready is promoted all the same; kept with your name.",
    )


CHANGED = {200: PromotionSerializer, 202: PromotionSerializer}


@extend_schema_view(retrieve=extend_schema(responses=VersionDetailSerializer))
class ModelVersionViewSet(OncePerKey, viewsets.ReadOnlyModelViewSet):
    """Versions of the model: how good each is, and which one serves."""

    queryset = ModelVersion.objects.all()
    serializer_class = VersionSerializer
    permission_classes = [*viewsets.GenericViewSet.permission_classes, RunsModels]
    scopes: Scopes = {"GET": Scope.VIEW_VERSION, "POST": Scope.CHANGE_VERSION}
    filterset_fields = ["state", "verdict"]
    lookup_value_regex = "[0-9]{1,18}"

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return VersionDetailSerializer if self.action == "retrieve" else VersionSerializer

    @extend_schema(request=OverrideSerializer, responses={**CHANGED, 409: NOT_PROMOTED})
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, pk: str) -> Response:
        """Starts writing its vectors; it becomes active when they are all there."""
        form = OverrideSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.changed(promotion.promote, form.validated_data.get("override") or "")

    @extend_schema(request=None, responses={**CHANGED, 409: NOT_REVERTED})
    @action(detail=True, methods=["post"])
    def revert(self, request: Request, pk: str) -> Response:
        """Goes back from this version, which is active, to the one before it."""
        return self.changed(promotion.revert)

    @extend_schema(request=None, responses={**CHANGED, 409: NOT_RETIRED})
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Takes a version that is not active out for good."""
        return self.changed(promotion.retire)

    @extend_schema(responses=PreviewSerializer)
    @action(detail=True)
    def preview(self, request: Request, pk: str) -> Response:
        """What its promotion would change among the open calls that you may see; 404 until one was asked for."""
        seen = preview_for(asker(request), self.get_object())
        if seen is None:
            raise NotFound(f"No preview of version {pk} was asked for.")
        return Response(PreviewSerializer(seen).data)

    @extend_schema(request=None, responses={202: PreviewSerializer, 409: PREVIEW_REFUSED})
    @preview.mapping.post
    def ask_preview(self, request: Request, pk: str) -> Response:
        """A worker scores the newest open calls with this candidate, for the preview alone; one under way goes on."""
        version = self.get_object()
        previewing.ask(version)
        seen = preview_for(asker(request), version)
        return Response(PreviewSerializer(seen).data, status=status.HTTP_202_ACCEPTED)

    def changed(self, change: Callable[..., Promotion], *more: Any) -> Response:
        done = change(self.get_object(), asker(self.request), *more)
        done.refresh_from_db()
        is_done = done.state == Promotion.State.DONE
        code = status.HTTP_200_OK if is_done else status.HTTP_202_ACCEPTED
        return Response(PromotionSerializer(done).data, status=code)
