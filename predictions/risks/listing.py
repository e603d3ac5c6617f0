"""The list of calls at risk: narrowed by kind, rep and team, and what stands beside each call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from calls.models import Call, CallQuerySet, User
from predictions.filters import AcrossReps, reps, teams
from predictions.models import Risk, RiskRule
from predictions.risks.models import RiskQuerySet


def rules(request: HttpRequest | None) -> QuerySet[RiskRule]:
    return RiskRule.objects.filter(is_on=True)


class RiskFilter(AcrossReps):
    OF_REPS = ("rule",)

    rule = django_filters.ModelChoiceFilter(label="Risk", empty_label="Any", queryset=rules)
    rep = django_filters.ModelChoiceFilter(label="Rep", empty_label="Any", field_name="call__rep", queryset=reps)
    team = django_filters.ModelChoiceFilter(label="Team", empty_label="Any", field_name="call__team", queryset=teams)

    class Meta:
        model = Risk
        fields: list[str] = []


def with_risks(calls: Sequence[Any], risks: RiskQuerySet) -> None:
    """Gives each call its `shown_risks`."""
    found: dict[int, list[Risk]] = {call.pk: [] for call in calls}
    for risk in risks.filter(call__in=found).select_related("rule", "call", "dismissed_by"):
        found[risk.call_id].append(risk)
    for call in calls:
        call.shown_risks = found[call.pk]


def due_in(call: Call, user: User, now: datetime) -> list[Risk]:
    return list(Risk.objects.visible_to(user).filter(call=call).due(now).select_related("rule", "call"))


def counted(calls: CallQuerySet, now: datetime, user: User) -> list[tuple[RiskRule, int]]:
    """How many of the calls are at each risk, for each rule that is on, as far as this person may know."""
    due = Risk.objects.revealed_to(user).due(now).filter(call__in=calls.order_by()).order_by()
    counts = dict(due.values_list("rule").annotate(Count("pk")))
    return [(rule, counts.get(rule.pk, 0)) for rule in RiskRule.objects.filter(is_on=True)]
