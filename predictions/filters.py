"""Which calls the list shows: the filters of the form, and the search in what was said."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_

import django_filters
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet
from django.forms import BoundField, CheckboxSelectMultiple, DateInput, TextInput
from django.http import HttpRequest
from django.utils import timezone

from calls.models import NO_CALLS, Call, CallQuerySet, Customer, Team, Turn, User
from predictions.data_quality import LACKS, WARNINGS, spoken, warned
from predictions.exports.asked import end_of, possible, start_of
from predictions.models import Band, Tracker
from predictions.trackers import phrases_of

PERIODS = [("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days"), ("365", "Last 12 months")]
OUTCOMES = {
    "won": ("Won", Q(outcome="won")),
    "lost": ("Lost", Q(outcome="lost")),
    "open": (
        "No outcome yet",
        Q(label_state=Call.LabelState.UNLABELLED, state__in=(Call.State.READY, Call.State.SCORED)),
    ),
    "conflict": ("Sources disagree", Q(label_state=Call.LabelState.CONFLICT)),
    "unclear": ("Nobody can tell", Q(label_state=Call.LabelState.UNCLEAR)),
}
STATES = {
    "scored": ("Scored", Q(probability__isnull=False)),
    "waiting": ("Waiting for a score", Q(state=Call.State.READY, probability=None, score_reason=None)),
    "guess": ("My guess is asked", Q(state=Call.State.SCORED, probability=None, score_reason=None)),
    "no_evidence": ("Not enough evidence", Q(probability=None, score_reason__isnull=False)),
    "received": ("Being read", Q(state=Call.State.RECEIVED)),
    "rejected": ("Rejected", Q(state=Call.State.REJECTED)),
}


def turns_with(words: str) -> QuerySet[Turn]:
    """Turns that hold the words; the vector is the one that the index on Turn keeps."""
    vector = SearchVector("text", config="simple")
    query = SearchQuery(words, config="simple", search_type="websearch")
    return Turn.objects.annotate(words=vector).filter(words=query)


def said_or_named(words: str, customers: Q, calls: Q = NO_CALLS) -> Q:
    """Calls in which the words were said, of such customers, or that are such themselves.

    A condition that nothing meets is left out: alone each is found through its index, joined by "or" they are not.
    """
    found = Q(pk__in=turns_with(words).values("call"))
    named = Customer.objects.filter(customers)
    if named.exists():
        found |= Q(customer__in=named)
    return found | calls if Call.objects.filter(calls).exists() else found


def turns_tracked(tracker: Tracker) -> QuerySet[Turn]:
    """Turns that hold one of the tracker's phrases, found through the same index; none for a tracker without any, and
    none of calls in another language than its own."""
    asked = [SearchQuery(phrase, config="simple", search_type="phrase") for phrase in phrases_of(tracker)]
    if not asked:
        return Turn.objects.none()
    said = Turn.objects.annotate(words=SearchVector("text", config="simple")).filter(words=reduce(or_, asked))
    return said.filter(call__language__in=("", tracker.language)) if tracker.language else said


def bands(request: HttpRequest | None = None) -> list[tuple[str, str]]:
    return [(band.letter, f"Band {band.letter}, from {band.lower:.0%}") for band in Band.objects.all()]


def reps(request: HttpRequest | None) -> QuerySet[User]:
    visible = Call.objects.visible_to(request.user) if request else Call.objects.none()  # type: ignore[arg-type]
    return User.objects.filter(pk__in=visible.values("rep")).order_by("first_name", "username")


def teams(request: HttpRequest | None) -> QuerySet[Team]:
    visible = Call.objects.visible_to(request.user) if request else Call.objects.none()  # type: ignore[arg-type]
    return Team.objects.filter(pk__in=visible.values("team"))


class AcrossReps(django_filters.FilterSet):
    """Of a list that reps see their own part of: they have no reps and teams to choose from."""

    OF_REPS: Sequence[str] = ()  # the filters that a rep has, too

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in self.filters)

    @property
    def fields(self) -> list[BoundField]:
        return [self.form[name] for name in (self.filters if self.request.user.leads else self.OF_REPS)]


class CallFilter(django_filters.FilterSet):
    """Over a queryset that `with_scores` made."""

    q = django_filters.CharFilter(label="Search", method="search")
    band = django_filters.MultipleChoiceFilter(
        label="Band", choices=bands, widget=CheckboxSelectMultiple, distinct=False
    )
    outcome = django_filters.ChoiceFilter(
        label="Outcome",
        empty_label="Any",
        choices=[(key, text) for key, (text, _) in OUTCOMES.items()],
        method="by_outcome",
    )
    period = django_filters.ChoiceFilter(label="Period", empty_label="Any time", choices=PERIODS, method="by_period")
    state = django_filters.ChoiceFilter(
        label="State", empty_label="Any", choices=[(key, text) for key, (text, _) in STATES.items()], method="by_state"
    )
    rep = django_filters.ModelChoiceFilter(label="Rep", empty_label="Any", queryset=reps)
    team = django_filters.ModelChoiceFilter(label="Team", empty_label="Any", queryset=teams)
    segment = django_filters.ChoiceFilter(
        label="Segment", empty_label="Any", field_name="customer__segment", choices=[]
    )
    tracker = django_filters.ModelChoiceFilter(
        label="Tracker", empty_label="Any", queryset=Tracker.objects.all(), method="by_tracker"
    )
    since = django_filters.DateFilter(
        label="From", method="by_since", widget=DateInput({"type": "date"}), validators=[possible]
    )
    until = django_filters.DateFilter(
        label="To", method="by_until", widget=DateInput({"type": "date"}), validators=[possible]
    )

    lacks = django_filters.ChoiceFilter(
        label="Lacks", empty_label="Any", choices=[(key, lack.title) for key, lack in LACKS.items()], method="by_lack"
    )
    warning = django_filters.ChoiceFilter(
        label="Warning", empty_label="Any", choices=list(WARNINGS.items()), method="by_warning"
    )
    language = django_filters.CharFilter(
        label="Language", method="by_language", widget=TextInput({"placeholder": "en", "maxlength": 8})
    )

    MAIN = ("outcome", "period")
    MORE = ("state", "rep", "team", "segment", "tracker", "since", "until", "language", "lacks", "warning")

    class Meta:
        model = Call
        fields: list[str] = []

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        visible = Customer.objects.visible_to(self.request.user).exclude(segment="")
        segments = visible.order_by("segment").values_list("segment", flat=True).distinct()
        self.filters["segment"].extra["choices"] = [(segment, segment) for segment in segments]

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.getlist(name) not in ([], [""]) for name in self.filters)

    @property
    def main_fields(self) -> list[BoundField]:
        return [self.form[name] for name in self.MAIN]

    @property
    def more_fields(self) -> list[BoundField]:
        return [self.form[name] for name in self.MORE]

    @property
    def more_is_used(self) -> bool:
        return any(self.data.get(name) for name in self.MORE)

    def search(self, calls: QuerySet[Call], name: str, words: str) -> QuerySet[Call]:
        customers = Q(name__icontains=words) | Q(external_id__iexact=words)
        return calls.filter(said_or_named(words, customers, Q(external_id__iexact=words)))

    def by_since(self, calls: QuerySet[Call], name: str, day: date) -> QuerySet[Call]:
        return calls.filter(started_at__gte=start_of(day))

    def by_until(self, calls: QuerySet[Call], name: str, day: date) -> QuerySet[Call]:
        return calls.filter(started_at__lt=end_of(day))

    def by_outcome(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return calls.filter(OUTCOMES[value][1])

    def by_state(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return calls.filter(STATES[value][1])

    def by_tracker(self, calls: QuerySet[Call], name: str, tracker: Tracker) -> QuerySet[Call]:
        return calls.filter(pk__in=turns_tracked(tracker).values("call"))

    def by_lack(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return self.among(calls, LACKS[value].calls)

    def by_warning(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return self.among(calls, lambda visible: warned(visible, value))

    def by_language(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return self.among(calls, lambda visible: spoken(visible, value))

    def among(self, calls: QuerySet[Call], chosen: Callable[[CallQuerySet], CallQuerySet]) -> QuerySet[Call]:
        """Those that are chosen of all calls that the person may see: copies are told by the others."""
        return calls.filter(pk__in=chosen(Call.objects.visible_to(self.request.user)).order_by().values("pk"))

    def by_period(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return calls.filter(started_at__gte=timezone.now() - timedelta(days=int(value)))
