"""What people hand in on pages: transcripts and outcomes."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from calls.delivery import Delivery
from calls.drafts import Speaker
from calls.models import DraftCall, Said, Turn, User


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        return files.getlist(name)


class ManyFilesField(forms.FileField):
    """Cleans to a list of files, empty when none was chosen. An empty file passes: the way in says it better."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        return [file for file in data or [] if file is not None]


class CallForm(forms.Form):
    """What is known of a call beside its words."""

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
        return [self[name] for name in CallForm.base_fields]

    @property
    def told(self) -> Delivery:
        """Without words."""
        told = self.cleaned_data
        customer = {"external_id": told["customer"], "name": told["customer_name"]}
        return Delivery(started_at=told["started_at"], rep=told["rep"], deal=told["deal"], customer=customer)


class UploadForm(CallForm):
    file = ManyFilesField(required=False, label="Files")
    transcript = forms.CharField(
        required=False,
        label="Or paste the conversation",
        strip=False,
        widget=forms.Textarea(
            {"rows": 9, "placeholder": "Rep: Good morning, …\nCustomer: Hello, we are looking for …"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and not (cleaned.get("transcript") or "").strip():
            raise forms.ValidationError("Choose at least one file, or paste a conversation.")
        return cleaned

    def deliveries(self) -> list[Delivery]:
        """One for each file, and one for the pasted text."""
        files = self.cleaned_data["file"]
        made = [replace(self.told, content=file.read(), file_name=file.name or "") for file in files]
        if self.cleaned_data["transcript"].strip():
            made.append(replace(self.told, transcript=self.cleaned_data["transcript"]))
        return made


class ReviewForm(CallForm):
    """What is known of a conversation that was read, with a role for each of its speakers."""

    def __init__(self, draft_call: DraftCall, data: Any = None) -> None:
        names = ("customer", "customer_name", "started_at", "rep", "deal")
        super().__init__(data, initial={name: getattr(draft_call, name) for name in names})
        self.draft_call = draft_call
        for number, speaker in enumerate(draft_call.speakers):
            label = f"Role of {speaker.name}"
            self.fields[f"role-{number}"] = forms.ChoiceField(choices=Turn.Role, label=label, initial=speaker.role)

    @property
    def speakers(self) -> list[tuple[Speaker, forms.BoundField]]:
        return [(speaker, self[f"role-{number}"]) for number, speaker in enumerate(self.draft_call.speakers)]

    @property
    def roles(self) -> dict[tuple[str, str], str]:
        """By name and role as they were read."""
        chosen = self.cleaned_data
        return {
            (speaker.name, speaker.role): chosen[f"role-{number}"]
            for number, speaker in enumerate(self.draft_call.speakers)
        }


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
