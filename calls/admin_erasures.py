"""Erasures and copies given out, in the admin: to look at, for admins alone."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from calls.models import Erasure


class LookedAt(ModelAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        return found if request.user.sees_all else found.none()  # type: ignore[union-attr]  # staff only

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ErasureAdmin(LookedAt):
    """They are asked for on a customer's page, and by the terms of teams."""

    list_display = ["pk", "why", "customer_number", "team", "state", "asked_by", "created_at", "finished_at"]
    list_filter = ["why", "state"]
    list_select_related = ["team", "asked_by"]
    fields = ["why", "customer_number", "team", "before", "state", "went", "asked_by", "created_at", "finished_at"]
    readonly_fields = ["went"]

    @admin.display(description="What went")
    def went(self, erasure: Erasure) -> str:
        return erasure.in_words


class DisclosureAdmin(LookedAt):
    list_display = ["created_at", "customer_number", "by", "door"]
    list_filter = ["door"]
    list_select_related = ["by"]
    fields = ["customer_number", "by", "door", "created_at"]
