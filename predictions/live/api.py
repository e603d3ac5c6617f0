"""Running calls: opened, fed with turns, looked at, finished."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api_deliveries import (
    PostedCustomerSerializer,
    PostedTurnSerializer,
    Turns,
    delivery_with,
)
from calls.api_errors import NOT_TAKEN, example, refusal
from calls.api_examples import with_example
from calls.api_fields import Moment
from calls.api_once import OncePerKey
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.delivery import LONGEST
from calls.tokens import Scope, Token
from predictions.live import arriving
from predictions.live.api_examples import ARRIVAL, ENDED, EVENTS, FINISH, LIVE_CALL, OPENED, TURNS
from predictions.live.models import LiveCall
from predictions.live.stream import Listener, stream

TAKEN = refusal(
    "This source and external id already name another conversation.",
    example(
        "conflicting_delivery",
        "Another conversation was already delivered with this source and external id.",
        "Open the call under an external id of its own, or under another source.",
        {"external_id": "Already taken."},
    ),
)
NOT_OPENED = refusal("What is known of the call cannot be accepted.", NOT_TAKEN[0])
NOT_READ = refusal("A turn cannot be read, or has no number.", *NOT_TAKEN)
OVER = refusal(
    "The call has ended.",
    example(
        "live_call_ended",
        "This call has ended; it takes no more turns.",
        "Open another one for what is said from now on.",
    ),
)
INCOMPLETE = refusal(
    "Turns are missing.",
    example(
        "turns_missing",
        "Turns are missing before the last one.",
        'Send the turns that are missing, or finish with "incomplete": true.',
        {"missing": "3, 4"},
    ),
)


LAST_EVENT = OpenApiParameter(
    "Last-Event-ID",
    {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    OpenApiParameter.HEADER,
    description="As `after`; a browser that was cut off sends it by itself.",
)
EXAMPLE = OpenApiExample("example", value=EVENTS, media_type="text/event-stream")


@with_example(OPENED)
class OpenedSerializer(serializers.Serializer):
    source = serializers.CharField(  # type: ignore[assignment]  # the name is part of the API
        max_length=LONGEST["source"], required=False, help_text='The system it comes from; "api", if it is left out.'
    )
    external_id = serializers.CharField(
        max_length=LONGEST["external_id"], required=False, help_text="The call's id there; made up, if it is left out."
    )
    started_at = Moment(required=False, allow_null=True, help_text="When the call began; now, if it is left out.")
    rep = serializers.CharField(max_length=LONGEST["rep"], required=False, allow_blank=True, allow_null=True)
    deal = serializers.CharField(max_length=LONGEST["deal"], required=False, allow_blank=True, allow_null=True)
    customer = PostedCustomerSerializer()


@with_example(LIVE_CALL)
class LiveCallSerializer(serializers.ModelSerializer):
    conversion_probability = serializers.FloatField(source="probability", allow_null=True)
    band = serializers.SerializerMethodField()
    model_version = serializers.IntegerField(source="version_id", allow_null=True)
    missing = serializers.ListField(child=serializers.IntegerField(), help_text="Numbers of turns that never came.")
    call = serializers.IntegerField(source="call_id", allow_null=True, help_text="What it became.")
    turns_url = serializers.SerializerMethodField()
    events_url = serializers.SerializerMethodField()
    finish_url = serializers.SerializerMethodField()

    class Meta:
        model = LiveCall
        fields = [
            *("id", "source", "external_id", "state", "started_at", "heard", "conversion_probability", "band"),
            *("model_version", "missing", "call", "turns_url", "events_url", "finish_url"),
        ]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_band(self, live: LiveCall) -> str | None:
        return live.band or None

    @extend_schema_field(serializers.URLField())
    def get_turns_url(self, live: LiveCall) -> str:
        return self.url("turns", live)

    @extend_schema_field(serializers.URLField())
    def get_events_url(self, live: LiveCall) -> str:
        return self.url("events", live)

    @extend_schema_field(serializers.URLField())
    def get_finish_url(self, live: LiveCall) -> str:
        return self.url("finish", live)

    def url(self, name: str, live: LiveCall) -> str:
        return str(self.context["request"].build_absolute_uri(reverse(f"api:live-{name}", args=[live.pk])))

    def to_representation(self, live: LiveCall) -> dict[str, Any]:
        said: dict[str, Any] = super().to_representation(live)
        if live.conceals_score_from(asker(self.context["request"])):
            said |= {"conversion_probability": None, "band": None}
        return said


class PostedLiveTurnSerializer(PostedTurnSerializer):
    """Only describes a turn, as that of a call that is handed in."""

    sequence = serializers.IntegerField(min_value=0, help_text="Its place in the call, 0 for the first turn.")
    text = serializers.CharField(allow_blank=True)


@extend_schema_field(PostedLiveTurnSerializer(many=True))
class LiveTurns(Turns):
    default_error_messages = {"many": "Send at most {limit} turns at once."}

    def to_internal_value(self, data: object) -> list[dict[str, object]]:
        turns = super().to_internal_value(data)
        if len(turns) > arriving.SENT_AT_ONCE:
            self.fail("many", limit=arriving.SENT_AT_ONCE)
        return turns


@with_example(TURNS)
class SentTurnsSerializer(serializers.Serializer):
    turns = LiveTurns()


@with_example(ARRIVAL)
class ArrivalSerializer(serializers.Serializer):
    added = serializers.IntegerField()
    repeated = serializers.IntegerField(help_text="Numbers that had come before; what came first stays.")
    missing = serializers.ListField(
        child=serializers.IntegerField(), help_text="Numbers before the last that have not come, the first hundred."
    )


@with_example(FINISH)
class FinishSerializer(serializers.Serializer):
    incomplete = serializers.BooleanField(default=False, help_text="Finish although turns are missing.")


@with_example(ENDED)
class EndedSerializer(serializers.Serializer):
    state = serializers.ChoiceField(LiveCall.State.choices)
    call = serializers.IntegerField(allow_null=True, help_text="What it became; null where nothing was said.")
    call_url = serializers.URLField(allow_null=True)


class AfterSerializer(serializers.Serializer):
    after = serializers.IntegerField(
        default=0, min_value=0, max_value=2**31 - 1, allow_null=True, help_text="Only events with a higher id."
    )


class AnyAccept(DefaultContentNegotiation):
    """What is streamed is no JSON, and errors are, whatever is asked for."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


@extend_schema_view(retrieve=extend_schema(responses=LiveCallSerializer))
class LiveCallViewSet(OncePerKey, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Calls that run, and what was said of them while they ran."""

    queryset = LiveCall.objects.none()
    serializer_class = LiveCallSerializer
    scopes: Scopes = {"GET": Scope.VIEW_CALL, "POST": Scope.ADD_CALL}
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[LiveCall]:
        return LiveCall.objects.visible_to(asker(self.request))

    @extend_schema(
        request=OpenedSerializer,
        responses={201: LiveCallSerializer, 200: LiveCallSerializer, 400: NOT_OPENED, 409: TAKEN},
    )
    def create(self, request: Request) -> Response:
        """Opens a call. Opened again with its source and external id, it is answered as it stands."""
        form = OpenedSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        opened = arriving.open_call(delivery_with(form.validated_data), asker(request))
        shown = LiveCallSerializer(opened.live, context={"request": request})
        return Response(shown.data, status=status.HTTP_201_CREATED if opened.created else status.HTTP_200_OK)

    @extend_schema(request=SentTurnsSerializer, responses={200: ArrivalSerializer, 400: NOT_READ, 409: OVER})
    @action(detail=True, methods=["post"])
    def turns(self, request: Request, pk: str) -> Response:
        """Adds turns, in any order and as often as one likes: a number that came before is not taken again."""
        live, form = self.get_object(), SentTurnsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(ArrivalSerializer(arriving.append(live, form.validated_data["turns"])).data)

    @extend_schema(
        parameters=[AfterSerializer, LAST_EVENT],
        responses={
            (200, "text/event-stream"): OpenApiResponse(OpenApiTypes.STR, "", [EXAMPLE]),
            204: OpenApiResponse(description="Nothing follows that event: the call has ended."),
        },
    )
    @action(detail=True, content_negotiation_class=AnyAccept)
    def events(self, request: Request, pk: str) -> HttpResponseBase:
        """What happens in the call, as server-sent events, until it has ended: `score`, `band_crossed`,
        `tracker_hit`, `risk`, `finished`. Whoever was cut off goes on from the last event by its id."""
        live = self.get_object()
        asked = AfterSerializer(data={"after": request.headers.get("Last-Event-ID"), **request.query_params.dict()})
        asked.is_valid(raise_exception=True)
        token = request.auth.pk if isinstance(request.auth, Token) else None
        listener = Listener(live.pk, asker(request).pk, token)
        return stream(request._request, listener, asked.validated_data["after"] or 0)

    @extend_schema(request=FinishSerializer, responses={200: EndedSerializer, 400: NOT_READ, 409: INCOMPLETE})
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """Makes the call of it, which is then scored and labelled as any other."""
        live, form = self.get_object(), FinishSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        live = arriving.finish(live, asker(request), **form.validated_data)
        url = live.call_id and request.build_absolute_uri(reverse("api:call-detail", args=[live.call_id]))
        return Response({"state": live.state, "call": live.call_id, "call_url": url})
