"""The statistics of one call beside the average of its team: the mean of per-call values, as the team page has it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from calls.feature_words import measured, title
from calls.features import FORMULAS
from calls.models import Call, Team, User
from predictions.team.per_rep import Mean, mean, samples, statistics_of
from predictions.team.period import USUAL, Period


@dataclass(frozen=True)
class Statistic:
    title: str
    value: str
    formula: str
    team: Mean | None = None


def statistics(call: Call) -> list[Statistic]:
    """In the order of the formulas, as the database keeps none."""
    return [Statistic(title(name), written(call, name), FORMULAS[name]) for name in names(call)]


def beside_team(call: Call, user: User, now: datetime) -> list[Statistic]:
    """The same with the averages of the team's calls of the last days, where the person belongs to the team.

    One query. Of a team that is not the person's own, nothing is told: the call may only have been shared.
    """
    if call.team is None or not knows_team(user, call.team):
        return statistics(call)
    period = Period(now - timedelta(days=int(USUAL)), now)
    told = period.of(Call.objects.filter(team=call.team).ready()).order_by().aggregate(**statistics_of(names(call)))
    averages = {name: mean(name, sample) for name, sample in samples(told, names(call)).items()}
    return [Statistic(title(name), written(call, name), FORMULAS[name], averages[name]) for name in names(call)]


def knows_team(user: User, team: Team) -> bool:
    return user.sees_all or user.team_id == team.pk or user.seen_teams.filter(pk=team.pk).exists()


def names(call: Call) -> list[str]:
    return [name for name in FORMULAS if name in call.statistics]


def written(call: Call, name: str) -> str:
    value = call.statistics[name]
    return "–" if value is None else measured(name, value)
