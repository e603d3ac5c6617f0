"""How long teams keep calls: what is older goes each night, in the way in which customers are erased."""

from datetime import timedelta

from django.db.models.functions import Now

from calls import clock
from calls.erasures import Erasure
from calls.models import Call, CallQuerySet, Team

SOON = timedelta(days=7)


def older(team: Team, days: int, within: timedelta = timedelta()) -> CallQuerySet:
    """The team's calls that began before so many days, or will have within a time."""
    return Call.objects.filter(team=team, started_at__lt=Now() + within - timedelta(days=days))


def foretold(team: Team) -> str:
    """What the term of the team comes to, in words."""
    if team.pk is None or team.keep_calls_days is None:
        return "Calls are kept for ever."
    night = older(team, team.keep_calls_days).count()
    week = older(team, team.keep_calls_days, SOON).count()
    return f"Calls that are erased in the coming night: {night:,}; within a week: {week:,}."


def erase_what_is_over() -> list[Erasure]:
    """Sends a worker to each team that has calls beyond its term. May run twice: a team has one open erasure."""
    from calls.tasks import erase  # noqa: PLC0415  # the task's module imports this one

    begun = []
    for team in Team.objects.filter(keep_calls_days__isnull=False):
        assert team.keep_calls_days is not None  # the filter
        if older(team, team.keep_calls_days).exists():
            before = clock.now() - timedelta(days=team.keep_calls_days)
            known = {"why": Erasure.Why.RETENTION, "state": Erasure.State.ASKED, "team": team}
            erasure, _ = Erasure.objects.get_or_create(**known, defaults={"before": before})
            erase.delay_on_commit(erasure.pk)
            begun.append(erasure)
    return begun
