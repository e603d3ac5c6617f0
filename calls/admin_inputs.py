"""Inputs in a list of the admin say what they are and of which row: its table shows names at the head only."""

from typing import Any

from django import forms


class NamedInputs(forms.ModelForm):
    """For `get_changelist_form`; the name is for those who hear the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{self[name].label}: {self.instance}"
