"""Rules for risks in the admin: on or off, and how long after the call; which rules there are is the product's."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from calls.admin_history import HistoryOfValues
from calls.admin_inputs import NamedInputs
from predictions.models import RiskRule


class RiskRuleAdmin(HistoryOfValues):
    list_display = ["kind", "meaning", "is_on", "delay_days"]
    list_editable = ["is_on", "delay_days"]
    fields = ["kind", "meaning", "is_on", "delay_days"]
    readonly_fields = ["kind", "meaning"]

    @admin.display(description="True of a call when")
    def meaning(self, rule: RiskRule) -> str:
        return rule.meaning

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return super().get_changelist_form(request, form=NamedInputs, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RiskRule | None = None) -> bool:
        return False
