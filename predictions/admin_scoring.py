"""Calls that could not be scored, in the admin: why, how often it was tried, and sent again by people."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from mltraining.admin import ReadOnlyAdmin
from predictions import scoring_attempts
from predictions.admin_fields import minute
from predictions.models import ScoringAttempt
from predictions.scoring_attempts import ScoringAttemptQuerySet


class ScoringAttemptAdmin(ReadOnlyAdmin):
    list_display = ["call", "version", "why", "attempts", "next_attempt", "created_at"]
    list_filter = ["version"]
    list_select_related = ["call", "version"]
    fields = ["call", "version", "why", "attempts", "next_attempt", "created_at"]
    readonly_fields = ["why", "next_attempt"]
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoringAttempt]:
        visible = ScoringAttempt.objects.visible_to(request.user)  # type: ignore[arg-type]  # staff only
        return super().get_queryset(request).filter(pk__in=visible.values("pk"))

    @admin.display(description="Why")
    def why(self, attempt: ScoringAttempt) -> str:
        return attempt.error or "Being scored, or its worker was killed."

    @admin.display(description="Next attempt")
    def next_attempt(self, attempt: ScoringAttempt) -> str:
        if attempt.lease_until is None or attempt.is_given_up:
            return "when it is sent again"
        return minute(attempt.lease_until)

    @admin.action(description="Score again", permissions=["view"])
    def send_again(self, request: HttpRequest, attempts: ScoringAttemptQuerySet) -> None:
        self.message_user(request, f"{scoring_attempts.send_again(attempts)} sent again.", messages.SUCCESS)
