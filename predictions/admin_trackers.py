"""Trackers in the admin: one phrase a line instead of JSON."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget

from calls.admin_history import HistoryOfValues
from calls.language import tidy
from calls.models import Call
from calls.templatetags.readable import lasting
from predictions.filters import turns_tracked
from predictions.models import Tracker
from predictions.risks import anew
from predictions.trackers import phrases_of


class PhrasesField(forms.CharField):
    """A list of phrases as lines of a text."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (" ".join(line.split()) for line in str(value or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(self.prepare_value(initial)) != self.to_python(data))


class TrackerForm(forms.ModelForm):
    phrases = PhrasesField(help_text="One word or phrase a line; capital letters do not matter.")

    class Meta:
        model = Tracker
        fields = ["name", "kind", "language", "phrases"]

    def clean_language(self) -> str:
        typed: str = self.cleaned_data["language"].strip()
        if typed and not tidy(typed):
            raise forms.ValidationError("This is no language; write its two letters, such as en or de.")
        return tidy(typed)


class TrackerAdmin(HistoryOfValues):
    form = TrackerForm
    list_display = ["name", "kind", "language", "watches_for"]
    list_filter = ["kind", "language"]
    search_fields = ["name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Tracker | None = None) -> list[str]:
        return ["risks"] if obj else []

    def save_model(self, request: HttpRequest, obj: Tracker, form: forms.ModelForm, change: bool) -> None:
        """Trackers are looked up in what was said whenever somebody asks, so a new one holds for old calls at once.
        Only risks are kept, and found anew."""
        super().save_model(request, obj, form, change)
        anew.begin()
        visible = Call.objects.visible_to(request.user)  # type: ignore[arg-type]  # staff only
        calls = intcomma(visible.filter(pk__in=turns_tracked(obj).values("call")).count())
        link = f"{reverse('predictions:calls')}?tracker={obj.pk}"
        self.message_user(request, format_html('Calls that hold one of its phrases: <a href="{}">{}</a>.', link, calls))

    def delete_model(self, request: HttpRequest, obj: Tracker) -> None:
        super().delete_model(request, obj)
        anew.begin()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tracker]) -> None:
        super().delete_queryset(request, queryset)
        anew.begin()

    @admin.display(description="Risks of open calls")
    def risks(self, tracker: Tracker) -> str:
        """How far workers are who look for them anew, because this tracker or another was changed."""
        far = anew.progress()
        if far.done == far.total:
            return f"Found by the trackers as they are, in {far.total:,} calls."
        left = "" if far.seconds_left is None else f", about {lasting(far.seconds_left)} left"
        return f"Looked for anew in {far.done:,} of {far.total:,} calls{left}. Load this page again to see more."

    @admin.display(description="Phrases")
    def watches_for(self, tracker: Tracker) -> str:
        return ", ".join(phrases_of(tracker))
