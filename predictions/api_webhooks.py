"""Webhooks: made, tested, deleted, their secrets changed."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calls.api_errors import example, refusal
from calls.api_examples import with_example
from calls.api_once import OncePerKey
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Token, User
from calls.tokens import Scope
from predictions.api_webhook_deliveries import DeliverySerializer
from predictions.models import Webhook
from predictions.webhooks import managing
from predictions.webhooks.api_examples import POSTED_WEBHOOK, WEBHOOK, WITH_SECRET
from predictions.webhooks.kinds import NEEDED, Kind
from predictions.webhooks.models import LONGEST_URL

REFUSED = refusal(
    "It cannot lead there, or there are too many.",
    example(
        "webhook_address_refused",
        "The host has an address that is not public.",
        "Name a public HTTPS address; an admin allows others with WEBHOOK_ALLOWED_NETWORKS.",
        {"url": "The host has an address that is not public."},
    ),
    example("webhook_refused", "An account has at most 20 webhooks.", "Delete one that is not needed any more."),
)


class KeepsWebhooks(BasePermission):
    message = "Webhooks are for service accounts and admins."

    def has_permission(self, request: Request, view: APIView) -> bool:
        person = asker(request)
        return person.sees_all or person.role == User.Role.INTEGRATION


@with_example(POSTED_WEBHOOK)
class AskedWebhookSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100, help_text="What it is for.")
    url = serializers.CharField(max_length=LONGEST_URL, help_text="HTTPS, and public unless an admin allowed more.")
    events = serializers.ListField(child=serializers.ChoiceField(Kind.choices), allow_empty=False, max_length=50)


@with_example(WEBHOOK)
class WebhookSerializer(serializers.ModelSerializer):
    owner = serializers.CharField(source="owner.username", help_text="It is told what this account may see.")
    state = serializers.SerializerMethodField()

    class Meta:
        model = Webhook
        fields = [
            *("id", "name", "url", "events", "owner", "state", "failing_since", "secret_before_until", "created_at"),
        ]

    @extend_schema_field(serializers.ChoiceField(Webhook.State.choices))
    def get_state(self, webhook: Webhook) -> str:
        """ "failing": it took nothing for an hour or more and is tried on; only people switch it "off"."""
        return webhook.state(timezone.now())


@with_example(WITH_SECRET)
class WebhookWithSecretSerializer(WebhookSerializer):
    secret = serializers.SerializerMethodField()

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]

    def get_secret(self, webhook: Webhook) -> str:
        """What signs its messages; told this once."""
        return str(self.context["secret"])


@extend_schema_view(
    create=extend_schema(
        request=AskedWebhookSerializer, responses={201: WebhookWithSecretSerializer, 400: REFUSED}
    ),
)  # fmt: skip
class WebhookViewSet(
    OncePerKey,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """Addresses that are told of events."""

    queryset = Webhook.objects.none()
    serializer_class = WebhookSerializer
    permission_classes = [*viewsets.GenericViewSet.permission_classes, KeepsWebhooks]
    scopes: Scopes = {
        "GET": Scope.VIEW_WEBHOOK, "POST": Scope.CHANGE_WEBHOOK, "DELETE": Scope.CHANGE_WEBHOOK,
    }  # fmt: skip
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Webhook]:
        return Webhook.objects.visible_to(asker(self.request)).select_related("owner")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tells an address of events from now on. The answer holds the secret, this once."""
        form = AskedWebhookSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        refuse_beyond_scopes(request, form.validated_data["events"])
        webhook, secret = managing.create(asker(request), **form.validated_data)
        shown = WebhookWithSecretSerializer(webhook, context={"secret": secret})
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=WebhookWithSecretSerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Gives it another secret. For a day the one before signs, too."""
        webhook = self.get_object()
        secret = managing.rotate(webhook)
        return Response(WebhookWithSecretSerializer(webhook, context={"secret": secret}).data)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Sends it an event of the type webhook.test."""
        delivery = managing.send_test(self.get_object())
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)


def refuse_beyond_scopes(request: Request, events: list[str]) -> None:
    """Nobody is told by webhook what the token could not ask for."""
    if isinstance(request.auth, Token):
        for needed in [NEEDED[event] for event in events]:
            if needed not in request.auth.scopes:
                raise PermissionDenied(f"This token lacks the scope {needed.value}.", code="missing_scope")
