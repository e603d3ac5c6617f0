"""Calls that could not be scored, or of which no insight could be written, in the admin: why, how often it was tried,
and sent again by people."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from mltraining.admin import ReadOnlyAdmin
from predictions import insight_attempts, scoring_attempts
from predictions.admin_fields import minute
from predictions.models import InsightAttempt, ScoringAttempt


class SetAsideAdmin(ReadOnlyAdmin):
    readonly_fields = ["why", "next_attempt"]
    actions = ["send_again"]
    again: ClassVar[Any]  # a function that sends rows again and answers how many

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = self.model.objects.visible_to(request.user)
        return super().get_queryset(request).filter(pk__in=visible.values("pk"))

    @admin.display(description="Why")
    def why(self, attempt: ScoringAttempt | InsightAttempt) -> str:
        return attempt.error or "In a worker's hands, or its worker was killed."

    @admin.display(description="Next attempt")
    def next_attempt(self, attempt: ScoringAttempt | InsightAttempt) -> str:
        if attempt.lease_until is None or attempt.is_given_up:
            return "when it is sent again"
        return minute(attempt.lease_until)

    @admin.action(description="Send again", permissions=["view"])
    def send_again(self, request: HttpRequest, attempts: QuerySet[Any]) -> None:
        self.message_user(request, f"{self.again(attempts)} sent again.", messages.SUCCESS)


class ScoringAttemptAdmin(SetAsideAdmin):
    list_display = ["call", "version", "why", "attempts", "next_attempt", "created_at"]
    list_filter = ["version"]
    list_select_related = ["call", "version"]
    fields = list_display
    again = staticmethod(scoring_attempts.send_again)


class InsightAttemptAdmin(SetAsideAdmin):
    list_display = ["call", "work", "why", "attempts", "next_attempt", "begun_at"]
    list_filter = ["work"]
    list_select_related = ["call"]
    fields = list_display
    again = staticmethod(insight_attempts.send_again)
