"""Mappings of other systems' fields in the admin."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from calls.admin_history import HistoryOfValues
from calls.field_mapping import BadMapping, check
from calls.mappings import FieldMapping, ready


class MappingForm(forms.ModelForm):
    class Meta:
        model = FieldMapping
        fields = ["name", "kind", "definition"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kind, name = given.get("kind"), given.get("name")
        if kind and name in ready(kind):
            self.add_error("name", "This is the name of one that comes ready made.")
        if kind and "definition" in given:
            try:
                check(kind, given["definition"])
            except BadMapping as error:
                told = [f"{place}: {said}" for place, said in error.fields.items()]
                self.add_error("definition", ValidationError(told or [str(error)]))
        return given


class FieldMappingAdmin(HistoryOfValues):
    form = MappingForm
    list_display = ["name", "kind"]
    list_filter = ["kind"]
