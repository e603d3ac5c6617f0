"""The form of one scorecard: a field for each question, as its scale wants it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from predictions.scorecards.filling import Said
from predictions.scorecards.models import LONGEST_NOTE, Answer, Scorecard
from predictions.scorecards.templates import Question

ANSWERS = {
    Question.Scale.YES_NO: [("1", "Yes"), ("0", "No")],
    Question.Scale.ONE_TO_FIVE: [(str(value), str(value)) for value in range(1, 6)],
}


@dataclass(frozen=True)
class Asked:
    answer: Answer
    field: forms.BoundField


class ScorecardForm(forms.ModelForm):
    note = forms.CharField(
        label="Note on the call", required=False, max_length=LONGEST_NOTE, widget=forms.Textarea({"rows": 3})
    )

    class Meta:
        model = Scorecard
        fields = ["note", "is_private"]

    def __init__(self, *args: Any, answers: Iterable[Answer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answers = list(answers)
        for answer in self.answers:
            self.fields[key(answer)] = field(answer)

    @property
    def asked(self) -> Iterator[Asked]:
        return (Asked(answer, self[key(answer)]) for answer in self.answers)

    @property
    def said(self) -> dict[int, Said]:
        return {answer.question_id: self.said_of(answer) for answer in self.answers}

    def said_of(self, answer: Answer) -> Said:
        value = self.cleaned_data[key(answer)]
        if answer.question.scale == Question.Scale.WORDS:
            return Said(words=value)
        return Said(given=int(value) if value else None)


def key(answer: Answer) -> str:
    return f"question-{answer.question_id}"


def field(answer: Answer) -> forms.Field:
    question = answer.question
    if question.scale == Question.Scale.WORDS:
        area = forms.Textarea({"rows": 2})
        return forms.CharField(
            label=question.text, required=False, max_length=LONGEST_NOTE, widget=area, initial=answer.words
        )
    nothing = "Not answered" if answer.found is None else f"As found: {answer.found_in_words.lower()}"
    return forms.ChoiceField(
        label=question.text,
        required=False,
        choices=[("", nothing), *ANSWERS[Question.Scale(question.scale)]],
        widget=forms.RadioSelect,
        initial="" if answer.given is None else str(answer.given),
    )
