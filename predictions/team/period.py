"""Which calls the team view counts: when they began, and of which team."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.http import QueryDict
from django.utils import timezone

from calls.models import Call, CallQuerySet, Team, User
from predictions.filters import PERIODS

USUAL, ALL = "90", "all"
EARLIEST = date(1970, 1, 1)


def is_near(day: date) -> None:
    """A year that is still being typed, or one of which no chart could be drawn, is no choice."""
    if not EARLIEST <= day <= timezone.localdate() + timedelta(days=1):
        raise forms.ValidationError("No calls are kept of that day.")


@dataclass(frozen=True)
class Period:
    """From `since` (None: ever) up to and without `until`."""

    since: datetime | None
    until: datetime

    @property
    def before(self) -> "Period | None":
        """As long, and just before; None where there was no beginning."""
        return Period(self.since - (self.until - self.since), self.since) if self.since else None

    def of(self, calls: CallQuerySet) -> CallQuerySet:
        calls = calls.filter(started_at__lt=self.until)
        return calls.filter(started_at__gte=self.since) if self.since else calls


class TeamForm(forms.Form):
    """What cannot be read counts as not given, so that every address opens."""

    period = forms.ChoiceField(choices=[*PERIODS, (ALL, "All time")], required=False)
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput({"type": "date"}), validators=[is_near]
    )
    until = forms.DateField(required=False, label="To", widget=forms.DateInput({"type": "date"}), validators=[is_near])

    def __init__(self, data: QueryDict, user: User) -> None:
        super().__init__({"period": USUAL, **data.dict()}, auto_id="team-%s")
        self.user = user
        teams = Team.objects.all() if user.sees_all else user.seen_teams.distinct()
        self.teams = list(teams)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a ModelChoiceField
        self.is_valid()

    def calls(self) -> CallQuerySet:
        """Those that count for this person, whenever they began."""
        counted = Call.objects.counted_for(self.user).ready()
        team = self.cleaned_data.get("team")
        return counted.filter(team=team) if team else counted

    def chosen(self, now: datetime) -> Period:
        """Two days, where one is given; else the last days up to now."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since or until:
            ends = begins(until + timedelta(days=1)) if until else now
            return Period(begins(since) if since else None, ends)
        period = self.cleaned_data.get("period") or USUAL
        return Period(None if period == ALL else now - timedelta(days=int(period)), now)

    @property
    def dates_are_used(self) -> bool:
        return bool(self.cleaned_data.get("since") or self.cleaned_data.get("until"))


def begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
