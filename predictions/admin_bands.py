"""The limits of the bands in the admin: edited all at once, for they make sense only together."""

from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseModelFormSet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from calls.admin_history import HistoryOfValues
from calls.admin_inputs import NamedInputs
from predictions.models import Band


class BandForm(NamedInputs):
    lower = forms.FloatField(min_value=0, max_value=1, widget=UnfoldAdminDecimalFieldWidget)

    class Meta:
        model = Band
        fields = ["lower"]

    def _get_validation_exclusions(self) -> set[str]:
        """Limits are judged together below: one may move to where another one was a moment ago."""
        return {*super()._get_validation_exclusions(), "lower"}  # type: ignore[misc]  # the stubs lack it


class Limits(BaseModelFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        forms_by_letter = sorted(self.forms, key=lambda form: form.instance.letter)
        limits = [(form.instance.letter, form.cleaned_data["lower"]) for form in forms_by_letter]
        if wrong := what_is_wrong(limits):
            raise ValidationError(wrong)


def what_is_wrong(limits: list[tuple[str, float]]) -> str:
    """Of limits from the best band to the last; empty when each probability falls into one band."""
    for (better, higher), (worse, lower) in pairwise(limits):
        if higher <= lower:
            return f"{better} must begin above {worse}: {higher:g} is not above {lower:g}."
    letter, lowest = limits[-1]
    if lowest != 0:
        return f"{letter} must begin at 0, or calls below {lowest:g} have no band."
    return "" if limits[0][1] < 1 else f"{limits[0][0]} must begin below 1."


class BandAdmin(HistoryOfValues):
    list_display = ["letter", "lower"]
    list_editable = ["lower"]
    fields = ["letter", "lower"]
    ordering = ["letter"]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return BandForm

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> type[BaseModelFormSet]:
        return super().get_changelist_formset(request, formset=Limits, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Band | None = None) -> list[str]:
        return ["letter", "lower"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Band | None = None) -> bool:
        return False
