"""The form of a template: its name, whose it is, and a row for each question."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict

from calls.feature_words import SHARE, WORDS, title
from calls.features import STATISTICS
from calls.models import Team, User
from predictions.models import Tracker
from predictions.scorecards.templates import LONGEST_QUESTION, Question, ScorecardTemplate

MOST_QUESTIONS = 40
EMPTY_ROWS = 3
PERSON, NEXT_STEP = "person", "next step"


class TemplateForm(forms.ModelForm):
    class Meta:
        model = ScorecardTemplate
        fields = ["name", "team"]
        labels = {"team": "For"}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team: Any = self.fields["team"]
        team.queryset = Team.objects.all() if user.sees_all else user.seen_teams.distinct()
        team.empty_label = "Everybody" if user.sees_all else None
        team.required = not user.sees_all
        team.help_text = ""


class QuestionForm(forms.Form):
    """`answered_by` names a person, a statistic, a tracker or the insight's next step."""

    text = forms.CharField(label="Question", max_length=LONGEST_QUESTION)
    scale = forms.ChoiceField(label="Scale", choices=Question.Scale.choices, initial=Question.Scale.YES_NO)
    answered_by = forms.ChoiceField(label="Answered by", initial=PERSON)
    at_least = forms.FloatField(label="At least", required=False)
    at_most = forms.FloatField(label="At most", required=False)
    said_by = forms.ChoiceField(label="Said by", choices=Question.Said.choices, required=False)

    def __init__(self, *args: Any, trackers: QuerySet[Tracker], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by: Any = self.fields["answered_by"]
        by.choices = [
            (PERSON, "A person"),
            (NEXT_STEP, "The next step of the insight"),
            ("Statistics", [(f"statistic:{name}", statistic_in_words(name)) for name in STATISTICS]),
            ("Trackers", [(f"tracker:{tracker.pk}", tracker.name) for tracker in trackers]),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, _, what = cleaned.get("answered_by", PERSON).partition(":")
        if kind != PERSON and cleaned.get("scale") != Question.Scale.YES_NO:
            self.add_error("scale", "What the product answers is answered with yes or no.")
        if kind == "statistic" and cleaned.get("at_least") is None and cleaned.get("at_most") is None:
            self.add_error("at_least", f"Say from or up to which {title(what).lower()} the answer is yes.")
        return cleaned

    @property
    def question(self) -> Question:
        """Unsaved. A limit of a share is typed in percent."""
        cleaned = self.cleaned_data
        kind, _, what = cleaned["answered_by"].partition(":")
        asked = Question(text=cleaned["text"], scale=cleaned["scale"], automatic="" if kind == PERSON else kind)
        if kind == "statistic":
            asked.statistic = what
            asked.at_least, asked.at_most = (scaled(what, cleaned[name], 1 / 100) for name in ("at_least", "at_most"))
        elif kind == "tracker":
            asked.tracker_id, asked.said_by = int(what), cleaned["said_by"]
        return asked


class Questions(BaseFormSet):
    def __init__(self, data: QueryDict | None, *, initial: list[dict[str, Any]]) -> None:
        trackers = {"trackers": Tracker.objects.order_by("name")}
        super().__init__(data, initial=initial, prefix="questions", form_kwargs=trackers)

    @property
    def wanted(self) -> list[Question]:
        """In the order of the rows; empty rows and those marked to be removed are none."""
        kept = (form for form in self.forms if form.has_changed() or form.initial)
        return [form.question for form in kept if not form.cleaned_data.get("DELETE")]

    def clean(self) -> None:
        if not any(self.errors) and not self.wanted:
            raise forms.ValidationError("A scorecard needs at least one question.")


QuestionSet = formset_factory(
    QuestionForm, formset=Questions, extra=EMPTY_ROWS, can_delete=True, max_num=MOST_QUESTIONS, validate_max=True
)


def statistic_in_words(name: str) -> str:
    unit = WORDS[name].unit
    return f"{title(name)}, {unit}" if unit else title(name)


def rows_of(template: ScorecardTemplate | None) -> list[dict[str, Any]]:
    """The live questions as the rows are filled with them."""
    return list(map(row_of, template.questions.live())) if template else []


def row_of(question: Question) -> dict[str, Any]:
    what = {"statistic": question.statistic, "tracker": question.tracker_id}.get(question.automatic)
    by = f"{question.automatic}:{what}" if what else question.automatic or PERSON
    limits = {name: scaled(question.statistic, getattr(question, name), 100) for name in ("at_least", "at_most")}
    return {"text": question.text, "scale": question.scale, "answered_by": by, "said_by": question.said_by, **limits}


def scaled(statistic: str, limit: float | None, factor: float) -> float | None:
    is_share = statistic in WORDS and WORDS[statistic].unit == SHARE
    return limit if limit is None or not is_share else round(limit * factor, 6)
