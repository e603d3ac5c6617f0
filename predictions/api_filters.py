"""Which calls `GET calls/` lists, and in which order."""

from datetime import datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from calls.api_fields import FIRST_YEAR, LAST_YEAR
from calls.models import Call, Outcome
from predictions.api_paging import KeysetPages
from predictions.filters import said_or_named
from predictions.models import Band
from predictions.paging import SCORED, Order

UNLIKELIER, LIKELIER = -1.0, 2.0  # places of calls without a score: always last
ORDERS = {
    "-started_at": Order("Newest first", F("started_at"), True),
    "started_at": Order("Oldest first", F("started_at"), False),
    "-probability": Order("Most likely first", Coalesce(F("probability"), UNLIKELIER), True, SCORED),
    "probability": Order("Least likely first", Coalesce(F("probability"), LIKELIER), False, SCORED),
    "-created_at": Order("Latest delivered first", F("created_at"), True),
    "created_at": Order("First delivered first", F("created_at"), False),
}


def sensible_year(moment: datetime) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InvalidValue(f"Expected a time in the years {FIRST_YEAR} to {LAST_YEAR}.")


def letters() -> list[tuple[str, str]]:
    return [(band.letter, band.letter) for band in Band.objects.all()]


LETTERS = extend_schema_field({"type": "array", "items": {"type": "string"}})  # an admin changes them


class CallFilter(django_filters.FilterSet):
    """Over a queryset that `with_scores` made."""

    q = django_filters.CharFilter(method="search", label="Words that were said, or part of the customer's name.")
    state = django_filters.MultipleChoiceFilter(choices=Call.State.choices)
    band = LETTERS(django_filters.MultipleChoiceFilter(choices=letters, label="May be repeated."))
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices)
    label_state = django_filters.MultipleChoiceFilter(choices=Call.LabelState.choices)
    rep = django_filters.CharFilter(method="by_rep", label="The rep's user name, or the name as delivered.")
    team = django_filters.CharFilter(field_name="team__name", label="The team's name.")
    customer = django_filters.CharFilter(field_name="customer__external_id", label="The customer's external id.")
    segment = django_filters.CharFilter(field_name="customer__segment")
    deal = django_filters.CharFilter()
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    started_after = django_filters.IsoDateTimeFilter(
        field_name="started_at", lookup_expr="gte", validators=[sensible_year]
    )
    started_before = django_filters.IsoDateTimeFilter(
        field_name="started_at", lookup_expr="lt", validators=[sensible_year]
    )
    min_probability = django_filters.NumberFilter(field_name="probability", lookup_expr="gte", min_value=0, max_value=1)
    max_probability = django_filters.NumberFilter(field_name="probability", lookup_expr="lte", min_value=0, max_value=1)

    class Meta:
        model = Call
        fields: list[str] = []

    def search(self, calls: QuerySet[Call], name: str, words: str) -> QuerySet[Call]:
        return calls.filter(said_or_named(words, Q(name__icontains=words)))

    def by_rep(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return calls.filter(Q(rep__username=value) | Q(rep=None, rep_name=value))


class CallPages(KeysetPages):
    """In the order that is asked for; a cursor belongs to the ordering it was made for."""

    parameters = {
        "ordering": {"type": "string", "enum": list(ORDERS), "default": "-started_at"},
        **KeysetPages.parameters,
    }

    def order(self, queryset: QuerySet[Any], request: Request) -> Order:
        name = request.query_params.get("ordering") or "-started_at"
        if name not in ORDERS:
            raise ValidationError({"ordering": [f"Expected one of {', '.join(ORDERS)}."]})
        return ORDERS[name]
