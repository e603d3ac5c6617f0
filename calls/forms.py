"""What people hand in on pages: transcripts and outcomes."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from calls.delivery import Delivery
from calls.models import Said, User


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        return files.getlist(name)


class ManyFilesField(forms.FileField):
    """Cleans to a list of files, empty when none was chosen. An empty file passes: the way in says it better."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        return [file for file in data or [] if file is not None]


class UploadForm(forms.Form):
    file = ManyFilesField(required=False, label="Files")
    transcript = forms.CharField(
        required=False,
        label="Or paste the conversation",
        strip=False,
        widget=forms.Textarea(
            {"rows": 9, "placeholder": "Rep: Good morning, …\nCustomer: Hello, we are looking for …"}
        ),
    )
    customer = forms.CharField(max_length=200, label="Customer number", help_text="As your CRM calls the customer.")
    customer_name = forms.CharField(max_length=200, required=False, label="Customer name")
    started_at = forms.DateTimeField(
        required=False,
        label="When the call began",
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Left empty: now.",
    )
    rep = forms.CharField(
        max_length=150, required=False, label="Rep", help_text="A user name; other names are kept too."
    )
    deal = forms.CharField(max_length=200, required=False, label="Deal", help_text="If outcomes come by deal.")

    @property
    def about(self) -> list[forms.BoundField]:
        """The fields that describe the call, after those that carry it."""
        return [self[name] for name in self.fields if name not in ("file", "transcript")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and not (cleaned.get("transcript") or "").strip():
            raise forms.ValidationError("Choose at least one file, or paste a conversation.")
        return cleaned

    def deliveries(self) -> list[Delivery]:
        """One call for each file, and one for the pasted text."""
        known = {
            "source": "upload",
            "started_at": self.cleaned_data["started_at"],
            "rep": self.cleaned_data["rep"],
            "deal": self.cleaned_data["deal"],
            "customer": {
                "external_id": self.cleaned_data["customer"],
                "name": self.cleaned_data["customer_name"],
            },
        }
        files = self.cleaned_data["file"]
        made = [Delivery(content=file.read(), file_name=file.name or "", **known) for file in files]
        if self.cleaned_data["transcript"].strip():
            made.append(Delivery(transcript=self.cleaned_data["transcript"], **known))
        return made


class LabelForm(forms.Form):
    outcome = forms.ChoiceField(choices=Said)
    known_on = forms.DateField(required=False)
    note = forms.CharField(required=False, max_length=2000)

    @property
    def known_at(self) -> datetime:
        """A day means its end, so that an outcome on the day of the call comes after the call; today means now."""
        day, now = self.cleaned_data["known_on"], timezone.localtime()
        if day is None or day == now.date():
            return now
        return timezone.make_aware(datetime.combine(day, datetime.max.time().replace(microsecond=0)))


def first_values(user: User) -> dict[str, Any]:
    """What the upload form can know already."""
    return {"rep": user.username if user.role == User.Role.REP else ""}
