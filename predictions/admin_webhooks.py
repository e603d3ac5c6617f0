"""Webhooks in the admin: made with a secret that is shown once, watched, tested, switched off and on by people."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from calls.admin_history import HistoryOfValues
from calls.models import User
from calls.refusal import Refusal
from mltraining.admin import ReadOnlyAdmin
from predictions.admin_fields import minute
from predictions.models import Webhook, WebhookAttempt, WebhookDelivery
from predictions.webhooks import delivering, managing
from predictions.webhooks.kinds import Kind

SHOWN_ID = 16  # characters of a message's id


class WebhookForm(forms.ModelForm):
    events = forms.MultipleChoiceField(
        choices=[(kind.value, f"{kind.value}: {kind.label}") for kind in Kind],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Webhook
        fields = ["owner", "name", "url", "events"]
        labels = {"url": "URL"}
        help_texts = {"url": "By HTTPS and public, unless WEBHOOK_ALLOWED_NETWORKS allows more."}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                managing.check(given["owner"], given["url"])
            except Refusal as refusal:
                self.add_error("url" if "url" in refusal.fields else None, refusal.in_words)
        return given


class ForAdmins(HistoryOfValues):
    """Of admins alone: whoever makes a webhook is told what its owner may see."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.sees_all and super().has_view_permission(request, obj)  # type: ignore[union-attr]  # staff only

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.sees_all and super().has_add_permission(request)  # type: ignore[union-attr]  # staff only

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.sees_all and super().has_delete_permission(request, obj)  # type: ignore[union-attr]  # staff only


class WebhookAdmin(ForAdmins):
    list_display = ["name", "owner", "url", "told_of", "state", "failing_since", "created_at"]
    list_filter = ["is_on", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name", "url", "owner__username"]
    autocomplete_fields = ["owner"]
    actions = ["send_test", "switch_off", "switch_on", "rotate"]
    readonly_fields = ["told_of", "state"]

    def get_fields(self, request: HttpRequest, obj: Webhook | None = None) -> list[str]:
        shown = ["name", "owner", "url", "told_of", "state", "failing_since", "secret_before_until", "created_at"]
        return shown if obj else WebhookForm.Meta.fields

    def get_form(
        self, request: HttpRequest, obj: Webhook | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        return super().get_form(request, obj, change, **(kwargs if obj else kwargs | {"form": WebhookForm}))

    @admin.display(description="Told of")
    def told_of(self, webhook: Webhook) -> str:
        return ", ".join(webhook.events)

    @admin.display
    def state(self, webhook: Webhook) -> str:
        return webhook.state(timezone.now())

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool
    ) -> None:  # Django's signature
        obj.secret_shown = managing.keep(obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self.shown_once(request, obj, obj.secret_shown)

    def shown_once(self, request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
        """The secret goes into this one page; a message after a redirect would leave it in a cookie."""
        context = {**self.admin_site.each_context(request), "title": "The secret", "webhook": webhook}
        context |= {"secret": secret, "opts": self.opts}
        response = TemplateResponse(request, "admin/predictions/webhook/secret.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description="Send a test event", permissions=["add"])
    def send_test(self, request: HttpRequest, webhooks: QuerySet[Webhook]) -> None:
        for webhook in webhooks:
            managing.send_test(webhook)
        self.message_user(request, "A test event is on its way; the deliveries tell how it went.", messages.SUCCESS)

    @admin.action(description="Switch off", permissions=["add"])
    def switch_off(self, request: HttpRequest, webhooks: QuerySet[Webhook]) -> None:
        self.message_user(request, f"{managing.switch(webhooks, on=False)} switched off.", messages.SUCCESS)

    @admin.action(description="Switch on", permissions=["add"])
    def switch_on(self, request: HttpRequest, webhooks: QuerySet[Webhook]) -> None:
        self.message_user(request, f"{managing.switch(webhooks, on=True)} switched on.", messages.SUCCESS)

    @admin.action(description="Change the secret", permissions=["add"])
    def rotate(self, request: HttpRequest, webhooks: QuerySet[Webhook]) -> HttpResponse | None:
        if len(webhooks) != 1:
            self.message_user(request, "Choose one webhook: its new secret is shown once.", messages.ERROR)
            return None
        return self.shown_once(request, webhooks[0], managing.rotate(webhooks[0]))


class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["short_id", "kind", "webhook", "state", "attempts", "last_answer", "created_at", "due"]
    list_filter = ["state", "webhook", "event__type"]
    list_select_related = ["event", "webhook"]
    search_fields = ["event__message_id"]
    actions = ["replay"]
    fields = ["message", "kind", "webhook", "state", "due", "created_at", "finished_at", "payload", "attempts_made"]
    readonly_fields = ["message", "kind", "due", "payload", "attempts_made"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        person: User = request.user  # type: ignore[assignment]  # staff only
        last = WebhookAttempt.objects.filter(delivery=OuterRef("pk")).order_by("-number")[:1]
        visible = super().get_queryset(request).filter(pk__in=WebhookDelivery.objects.visible_to(person).values("pk"))
        return visible.annotate(last_status=Subquery(last.values("status")), last_error=Subquery(last.values("error")))

    @admin.display(description="Message")
    def short_id(self, delivery: WebhookDelivery) -> SafeString:
        """Leaves the columns beside it their room in the list."""
        whole = delivery.event.message_id
        return format_html('<span title="{}">{}</span>', whole, Truncator(whole).chars(SHOWN_ID))

    @admin.display(description="Message")
    def message(self, delivery: WebhookDelivery) -> str:
        return delivery.event.message_id

    @admin.display(description="Type", ordering="event__type")
    def kind(self, delivery: WebhookDelivery) -> str:
        return delivery.event.type

    @admin.display(description="Last answer")
    def last_answer(self, delivery: Any) -> str:
        return str(delivery.last_status or delivery.last_error or "–")

    @admin.display(description="Next attempt", ordering="due_at")
    def due(self, delivery: WebhookDelivery) -> str:
        return minute(delivery.due_at) if delivery.state == WebhookDelivery.State.WAITING else "–"

    @admin.display(description="Content")
    def payload(self, delivery: WebhookDelivery) -> str:
        return delivering.body_of(delivery.event)

    @admin.display(description="Attempts")
    def attempts_made(self, delivery: WebhookDelivery) -> SafeString | str:
        rows = (
            (line.number, f"{line.at:%Y-%m-%d %H:%M:%S}", line.status or "–", latency(line), line.error, line.answer)
            for line in delivery.log.all()
        )
        return format_html_join("", "<div>{}. {} UTC: {} {} {} {}</div>", rows) or "none yet"

    @admin.action(description="Send again", permissions=["view"])
    def replay(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        for delivery in deliveries:
            delivering.replay(delivery)
        self.message_user(request, f"{len(deliveries)} sent again.", messages.SUCCESS)


def latency(attempt: WebhookAttempt) -> str:
    return "" if attempt.latency_ms is None else f"in {attempt.latency_ms:,.0f} ms."
