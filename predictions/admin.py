"""Calls with their scores, and alerts; bands, trackers, rules for risks and webhooks stand in files of their own and
are registered here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from calls import erasing, held, ingest
from calls.admin import short_name
from calls.admin_history import HistoryOfValues
from calls.models import Call, Customer, Said, User
from calls.refusal import Refusal
from mltraining.admin import ReadOnlyAdmin
from predictions import admin_fields, labelling
from predictions.admin_agreement import agreement_page
from predictions.admin_bands import BandAdmin
from predictions.admin_queue import labelling_queue
from predictions.admin_risks import RiskRuleAdmin
from predictions.admin_scoring import InsightAttemptAdmin, ScoringAttemptAdmin
from predictions.admin_trackers import TrackerAdmin
from predictions.admin_webhooks import DeliveryAdmin, WebhookAdmin
from predictions.guesses import awaiting_guess
from predictions.models import (
    Alert,
    Band,
    InsightAttempt,
    ModelUse,
    RiskRule,
    ScoringAttempt,
    Tracker,
    Webhook,
    WebhookDelivery,
)
from predictions.shown_scores import with_scores


class LabelForm(forms.ModelForm):
    new_outcome = forms.ChoiceField(
        label="New evidence",
        required=False,
        choices=[("", "– no new evidence –"), *Said.choices],
        widget=UnfoldAdminSelectWidget,
        help_text="Adds one piece in your name; earlier evidence stays, and the outcome follows from all of it.",
    )
    note = forms.CharField(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))

    class Meta:
        model = Call
        fields = ["shared_with"]
        labels = {"shared_with": "People"}
        help_texts = {"shared_with": "They see the call like their own, whatever their team."}


def seen_by(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # the admin lets nobody in who is not logged in


@admin.register(Call)
class CallAdmin(HistoryOfValues):
    form = LabelForm
    list_display = [
        "delivered_as",
        "started_at",
        "customer",
        "rep",
        "score",
        "band",
        "version",
        "outcome",
        "label_state",
    ]
    list_filter = ["state", "label_state", "outcome", "team", "rep", "source"]
    list_select_related = ["customer", "rep"]
    search_fields = [
        "external_id",
        "customer__name",
        "customer__external_id",
        "deal",
    ]  # which shows the field; get_search_results finds
    date_hierarchy = "started_at"
    list_per_page = 50
    actions = ["mark_won", "mark_lost", "mark_unclear", "read_again"]
    actions_list = ["open_queue"]
    autocomplete_fields = ["shared_with"]
    readonly_fields = [
        *("source", "external_id", "state", "reason", "started_at", "rep", "team", "customer", "deal", "language"),
        *("outcome", "label_state", "outcome_known_at", "score_line", "reasons", "insights"),
        *("transcript", "evidence", "history"),
    ]
    fieldsets = [
        ("Label", {"fields": ["new_outcome", "note", "outcome", "label_state", "outcome_known_at", "evidence"]}),
        ("Shared with", {"fields": ["shared_with"]}),
        ("Score", {"fields": ["score_line", "reasons", "insights"]}),
        ("Transcript", {"fields": ["transcript"]}),
        ("Call", {"fields": [("source", "external_id"), "state", "reason", "started_at", ("rep", "team")]}),
        ("Customer", {"fields": ["customer", "deal", "language"]}),
        ("History", {"fields": ["history"]}),
    ]

    score_line = admin_fields.score_line
    reasons = admin_fields.reasons
    insights = admin_fields.insights
    transcript = admin_fields.transcript
    evidence = admin_fields.evidence
    history = admin_fields.history

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        person = seen_by(request)
        return with_scores(Call.objects.visible_to(person), person)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Call], search_term: str) -> Any:
        """Customers are found first: a name looked at beside each of their calls took a second."""
        customers = Customer.objects.filter(Q(name__icontains=search_term) | Q(external_id__icontains=search_term))
        named = Q(external_id__icontains=search_term) | Q(deal__icontains=search_term) | Q(customer__in=customers)
        return (queryset.filter(named) if search_term else queryset), False

    def get_fieldsets(self, request: HttpRequest, obj: Call | None = None) -> Any:
        """An admin who is asked for a guess on an own call sees its score after that."""
        waits = obj is not None and awaiting_guess(seen_by(request)).filter(pk=obj.pk).exists()
        return [part for part in super().get_fieldsets(request, obj) if part[0] != "Score" or not waits]

    def get_urls(self) -> list[URLPattern]:
        pages = {"queue": lambda request: labelling_queue(self, request), "agreement": agreement_page}
        own = [
            path(f"{name}/", self.admin_site.admin_view(page), name=f"calls_call_{name}")
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    @admin.display(description="Call", ordering="external_id")
    def delivered_as(self, call: Call) -> SafeString:
        return short_name(call)

    @admin.display(description="Probability", ordering="probability")
    def score(self, call: Any) -> str:
        return "–" if call.probability is None else f"{call.probability:.0%}"

    @admin.display(ordering="band")
    def band(self, call: Any) -> str:
        return call.band or "–"

    @admin.display(ordering="score_version")
    def version(self, call: Any) -> str:
        return str(call.score_version or "–")

    def save_model(
        self, request: HttpRequest, obj: Call, form: forms.ModelForm, change: bool
    ) -> None:  # Django's signature
        """A call itself is never changed here; new evidence may be added, and the call shared."""
        if outcome := form.cleaned_data["new_outcome"]:
            self.record(request, [obj], outcome, form.cleaned_data["note"])

    def record(self, request: HttpRequest, calls: Any, outcome: str, note: str = "") -> None:
        done = 0
        for call in calls:
            try:
                labelling.record(call, outcome, by=request.user, note=note)  # type: ignore[arg-type]  # staff only
                done += 1
            except Refusal as refusal:
                self.message_user(request, f"{call}: {refusal.in_words}", messages.ERROR)
        if done:
            self.message_user(request, f"{done} marked as {Said(outcome).label.lower()}.", messages.SUCCESS)

    @admin.action(description="Mark as won")
    def mark_won(self, request: HttpRequest, calls: QuerySet[Call]) -> None:
        self.record(request, calls, Said.WON)

    @admin.action(description="Mark as lost")
    def mark_lost(self, request: HttpRequest, calls: QuerySet[Call]) -> None:
        self.record(request, calls, Said.LOST)

    @admin.action(description="Mark as cannot tell")
    def mark_unclear(self, request: HttpRequest, calls: QuerySet[Call]) -> None:
        self.record(request, calls, Said.UNCLEAR)

    @admin.action(description="Read rejected ones again")
    def read_again(self, request: HttpRequest, calls: QuerySet[Call]) -> None:
        count = ingest.read_again(Call.objects.filter(pk__in=[call.pk for call in calls]))
        self.message_user(request, f"{count} are read again; of others the upload is no longer there.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:  # Django's signature
        """Counts of what goes with the calls, evidence among it, which cannot be deleted alone."""
        counts = held.counted(held.tables_of_calls([call.pk for call in objs]))
        return [f"{number:,} {name}" for name, number in counts.items()], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Call) -> None:
        erasing.erase_calls([obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> None:
        erasing.erase_calls([call.pk for call in queryset])

    @action(description="Labelling queue", url_path="to-queue")
    def open_queue(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:calls_call_queue")


admin.site.register(Band, BandAdmin)
admin.site.register(Tracker, TrackerAdmin)
admin.site.register(RiskRule, RiskRuleAdmin)
admin.site.register(ScoringAttempt, ScoringAttemptAdmin)
admin.site.register(InsightAttempt, InsightAttemptAdmin)
admin.site.register(Webhook, WebhookAdmin)
admin.site.register(WebhookDelivery, DeliveryAdmin)


@admin.register(ModelUse)
class ModelUseAdmin(ReadOnlyAdmin):
    """What was asked of language models, and what it cost."""

    list_display = ["created_at", "kind", "prompt_version", "model", "tokens_in", "tokens_out", "cost", "failure"]
    list_filter = ["kind", "model", "failure"]


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["rule", "message", "version", "opened_at", "closed_at"]
    list_filter = ["rule"]
    list_select_related = ["version"]
