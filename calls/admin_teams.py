"""Teams in the admin: their names, whether reps guess, and how long calls are kept."""

from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldBooleanWidget

from calls import retention
from calls.admin_history import HistoryOfValues
from calls.models import Team


class TeamForm(forms.ModelForm):
    erase_older = forms.BooleanField(
        label="Erase what is older", required=False, widget=UnfoldBooleanWidget, help_text="Needed once for a new term."
    )

    class Meta:
        model = Team
        fields = ["name", "guesses_since", "keep_calls_days"]

    def clean(self) -> dict[str, Any]:
        """A term that erases calls is only set once it was said how many."""
        given = super().clean() or {}
        days = given.get("keep_calls_days")
        is_unsaid = "keep_calls_days" in self.changed_data and self.instance.pk and not given.get("erase_older")
        if days and is_unsaid and (number := retention.older(self.instance, days).count()):
            self.add_error(
                "erase_older",
                f"{number:,} of this team's calls began more than {days:,} days ago, and would be erased for good "
                "in the coming night. Tick this to have it so.",
            )
        return given


class TeamAdmin(HistoryOfValues):
    form = TeamForm
    list_display = ["name", "keep_calls_days"]
    search_fields = ["name"]
    readonly_fields = ["foretold"]

    def get_fields(self, request: HttpRequest, obj: Team | None = None) -> list[str]:
        own = ["name", "guesses_since"]
        return [*own, "keep_calls_days", "erase_older", "foretold"] if obj and of_admin(request) else own

    def foretold(self, team: Team) -> str:
        return retention.foretold(team)

    foretold.short_description = "By the term"  # type: ignore[attr-defined]  # Django's way


def of_admin(request: HttpRequest) -> bool:
    return bool(request.user.sees_all)  # type: ignore[union-attr]  # staff only
