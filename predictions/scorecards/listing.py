"""Which scorecards the list shows."""

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest

from predictions.filters import AcrossReps, reps
from predictions.models import Scorecard, ScorecardTemplate


def templates(request: HttpRequest | None) -> QuerySet[ScorecardTemplate]:
    every = ScorecardTemplate.objects.all()
    return every.visible_to(request.user) if request else every.none()  # type: ignore[arg-type]  # logged in


class ScorecardFilter(AcrossReps):
    OF_REPS = ("template",)

    template = django_filters.ModelChoiceFilter(label="Scorecard", empty_label="Any", queryset=templates)
    rep = django_filters.ModelChoiceFilter(label="Rep", empty_label="Any", field_name="call__rep", queryset=reps)

    class Meta:
        model = Scorecard
        fields: list[str] = []
