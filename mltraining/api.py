"""Training runs: seen with their progress, and started."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calls.api_errors import example, refusal
from calls.api_examples import with_example
from calls.api_fields import JSONObject
from calls.api_once import OncePerKey
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.tokens import Scope
from mltraining import training
from mltraining.api_examples import FORECAST, POSTED_RUN, RUN, RUN_DETAIL
from mltraining.forecast import next_forecast
from mltraining.models import ModelVersion, RunLogLine, TrainingRun

NOT_ENOUGH = refusal(
    "There are too few won or lost calls.",
    example(
        "not_enough_labels",
        "A training needs 40 won and 40 lost calls; there are 12 won and 31 lost.",
        "Label more calls or import outcomes; calls with conflicting outcomes do not count.",
        {"won": 12, "lost": 31, "needed": 40},
    ),
)
BAD_CONFIGURATION = refusal(
    "The configuration has fields that cannot be used.",
    example("bad_configuration", "The configuration cannot be used.", fields={"steps": "Expected at least 1."}),
)


class RunsModels(BasePermission):
    """Everybody who is signed in may look; changing what serves is for admins."""

    message = "Only admins may train, promote, revert or retire a model."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or asker(request).runs_models


@with_example(RUN)
class RunSerializer(serializers.ModelSerializer):
    requested_by = serializers.CharField(source="requested_by.username", default=None, allow_null=True)
    counts = JSONObject()
    model_version = serializers.SerializerMethodField()
    seconds_left = serializers.FloatField(
        allow_null=True, read_only=True, help_text="By its own steps so far; null unless it runs and that is known."
    )
    tuned = serializers.CharField(read_only=True, help_text="What of the encoder is tuned and why; empty until known.")

    class Meta:
        model = TrainingRun
        fields = [
            *("id", "state", "stage", "progress", "seconds_left", "tuned", "counts", "error", "requested_by"),
            *("model_version", "created_at", "started_at", "finished_at"),
        ]

    def get_model_version(self, run: TrainingRun) -> int | None:
        """The version that came of it."""
        try:
            return run.version.pk
        except ModelVersion.DoesNotExist:
            return None


class LogLineSerializer(serializers.ModelSerializer):
    class Meta:
        model = RunLogLine
        fields = ["stage", "text", "created_at"]


@with_example(RUN_DETAIL)
class RunDetailSerializer(RunSerializer):
    config = JSONObject()
    pace = JSONObject(help_text="What there is to do and, when it is done, the seconds of its parts and its speed.")
    log = LogLineSerializer(many=True)

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "config", "pace", "log"]


@with_example(FORECAST)
class ForecastSerializer(serializers.Serializer):
    counts = JSONObject()
    needed = serializers.IntegerField(help_text="Won calls, and lost ones, below which a training is refused.")
    minutes = serializers.IntegerField(allow_null=True, help_text="About; null while there is nothing to learn from.")
    is_measured = serializers.BooleanField(help_text="By earlier runs here; else by a cautious rate.")
    device = serializers.CharField()
    tokens = serializers.IntegerField(help_text="That the encoder reads of the labelled calls.")
    tuned = serializers.CharField(help_text="What of the encoder will be tuned, and why.")
    in_words = serializers.CharField()


@with_example(POSTED_RUN)
class PostedRunSerializer(serializers.Serializer):
    config = serializers.DictField(
        required=False, allow_null=True, help_text="Fields of the configuration that differ this time."
    )


def forecast_now() -> dict[str, Any]:
    counts = training.label_counts()
    known = next_forecast(counts)
    return {
        "counts": counts,
        "needed": settings.MIN_LABELS_PER_CLASS,
        "minutes": known.minutes if known else None,
        "is_measured": bool(known and known.is_measured),
        "device": known.device if known else "",
        "tokens": known.work.tokens if known else 0,
        "tuned": known.work.why if known else "",
        "in_words": known.in_words
        if known
        else "Unknown: calls of both outcomes, and a configuration that can be used, are needed first.",
    }


@extend_schema_view(
    retrieve=extend_schema(responses=RunDetailSerializer),
    create=extend_schema(
        request=PostedRunSerializer,
        responses={202: RunSerializer, 400: BAD_CONFIGURATION, 409: NOT_ENOUGH},
    ),
)
class TrainingRunViewSet(
    OncePerKey, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet
):
    """Trainings, newest first, and how far each is."""

    queryset = TrainingRun.objects.select_related("requested_by", "version")
    serializer_class = RunSerializer
    permission_classes = [*viewsets.GenericViewSet.permission_classes, RunsModels]
    scopes: Scopes = {"GET": Scope.VIEW_RUN, "POST": Scope.ADD_RUN}
    filterset_fields = ["state"]
    lookup_value_regex = "[0-9]{1,18}"

    @extend_schema(responses=ForecastSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def forecast(self, request: Request) -> Response:
        """How many labelled calls there are, and how long a training of them would take."""
        return Response(ForecastSerializer(forecast_now()).data)

    def get_queryset(self) -> QuerySet[TrainingRun]:
        found = super().get_queryset()
        return found.prefetch_related("log") if self.action == "retrieve" else found

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return RunDetailSerializer if self.action == "retrieve" else RunSerializer

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Starts a training."""
        form = PostedRunSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        run = training.request(asker(request), form.validated_data.get("config") or {})
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)
