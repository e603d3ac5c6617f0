"""What a manager is told of a team, and of nobody else."""

import re
from datetime import timedelta

import numpy as np
import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, User
from predictions.team.figures import Promise, calibration, promise, scores_of, volume
from predictions.team.per_rep import MOST_REPS, leaves_some_out, per_rep
from predictions.team.period import Period, TeamForm
from predictions.team.volume_chart import volume_chart
from tests import factories
from tests.predictions import watching

TEAM = "/team/"
NOW = timezone.now()


def held(rep, days=3, **fields) -> Call:
    """A call of the rep's team, so many days ago."""
    return factories.call(rep=rep, team=rep.team, started_at=NOW - timedelta(days=days), **fields)


def scored(rep, probability, outcome, *, after=False) -> Call:
    """Scored before its outcome was known, or after."""
    call = held(rep, days=60, outcome=outcome)
    with time_machine.travel(call.outcome_known_at + timedelta(days=1 if after else -1)):
        watching.prediction(call, probability)
    return call


@pytest.fixture
def lead(client, manager):
    client.force_login(manager)
    return client


def words(text):
    return " ".join(re.sub("<[^>]*>", " ", text).split())


def test_a_rep_has_no_team_to_look_at(client, rep):
    client.force_login(rep)
    assert client.get(TEAM).status_code == 403
    assert reverse("predictions:team") not in client.get("/").text


def test_a_manager_counts_the_calls_of_the_teams_led_and_no_other(lead, manager, rep, stranger):
    held(rep)
    held(stranger).shared_with.add(manager)
    assert lead.get(TEAM).context["volume"].calls == 1


def test_an_admin_counts_all_and_may_choose_a_team(client, admin, rep, stranger):
    held(rep)
    held(stranger)
    client.force_login(admin)
    assert client.get(TEAM).context["volume"].calls == 2
    assert client.get(TEAM, {"team": rep.team.pk}).context["volume"].calls == 1


def test_the_team_of_another_manager_cannot_be_chosen(lead, rep, stranger):
    held(rep)
    held(stranger)
    assert lead.get(TEAM, {"team": stranger.team.pk}).context["volume"].calls == 1


@pytest.mark.parametrize(("query", "calls"), [("", 1), ("period=365", 2), ("period=7", 1), ("period=all", 3)])
def test_a_period_holds_the_calls_that_began_in_it(lead, rep, query, calls):
    for days in (3, 200, 900):
        held(rep, days=days)
    assert lead.get(f"{TEAM}?{query}").context["volume"].calls == calls


def test_days_of_ones_own_hold_both_their_ends(lead, rep):
    for day in (1, 2, 3, 4):
        factories.call(rep=rep, team=rep.team, started_at=factories.NOW.replace(day=day, hour=23))
    query = {"since": "2026-03-02", "until": "2026-03-03"}
    assert lead.get(TEAM, query).context["volume"].calls == 2


@pytest.mark.parametrize(
    "query", ["period=x", "team=0", "since=2026-99-99", "until=\0", "team=\0", "since=0002-05-01", "until=9999-12-31"]
)
def test_the_page_opens_whatever_stands_in_its_address(lead, rep, query):
    held(rep)
    assert lead.get(f"{TEAM}?{query}").context["volume"].calls == 1


def test_a_call_without_an_outcome_is_not_lost(rep, manager):
    for outcome in ("won", "won", "won", "lost", ""):
        held(rep, outcome=outcome)
    found = volume(Call.objects.counted_for(manager), Period(None, NOW))
    assert (found.calls, found.won, found.lost, found.is_open, found.before) == (5, 3, 1, 1, None)
    assert found.win_rate.value == 0.75
    assert found.win_rate.low < 0.35


def test_the_period_before_is_as_long(rep, manager):
    for days in (3, 5, 12, 25):
        held(rep, days=days)
    found = volume(Call.objects.counted_for(manager), Period(NOW - timedelta(days=10), NOW))
    assert (found.calls, found.before) == (2, 1)


def test_only_scores_from_before_the_outcome_are_held_against_it(rep):
    scored(rep, 0.7, "won")
    scored(rep, 0.2, "lost")
    scored(rep, 0.99, "won", after=True)
    found = promise(scores_of(Call.objects.all()))
    assert found.said == pytest.approx(0.45)
    assert (found.happened.value, found.happened.count) == (0.5, 2)
    assert found.verdict == "The difference could be chance."


def test_a_version_that_learned_from_the_call_promises_nothing(rep):
    call = scored(rep, 0.7, "won")
    watching.ModelVersion.objects.update(call_ids=[call.pk])
    assert promise(scores_of(Call.objects.all())) is None


@pytest.mark.parametrize(("hits", "said"), [(50, "More were won"), (5, "More were lost")])
def test_a_difference_beyond_chance_is_named(hits, said):
    from predictions import intervals

    assert said in Promise(0.5, intervals.share(hits, 55)).verdict


def test_too_few_outcomes_draw_no_curve(lead, rep):
    for number in range(19):
        scored(rep, 0.5, "won" if number % 2 else "lost")
    answer = lead.get(TEAM)
    assert answer.context["calibration"] is None
    assert "19 of these calls had a score" in answer.text


def test_calibration_comes_with_what_chance_alone_would_give():
    from predictions.grading import Graded

    generator = np.random.default_rng(5)
    said = generator.random(200)
    honest = calibration(Graded(said, generator.random(200) < said))
    boasting = calibration(Graded(np.full(200, 0.9), generator.random(200) < 0.3))
    assert honest.is_noise
    assert not boasting.is_noise
    assert sum(dot.count for dot in honest.dots) == 200


def test_a_number_of_a_rep_is_the_mean_of_one_value_a_call(rep, manager):
    for ratio, count in ((0.2, 1), (0.8, 1000), (None, 5)):
        held(rep, statistics={"talk_ratio": ratio, "questions_rep": 4.0}, word_count=count)
    for _ in range(3):
        held(rep, statistics={"talk_ratio": 0.5})
    (row,) = per_rep(Call.objects.all(), None, manager)
    _, talk_ratio, *_, questions = row.means
    assert (talk_ratio.written, talk_ratio.count) == ("50\u202f%", 5)
    assert (questions.written, questions.count) == ("", 3)


def test_reps_are_told_apart_and_known_ones_by_their_own_name(rep, team, manager):
    rep.first_name, rep.last_name = "Rita", "Rossi"
    rep.save()
    held(rep, rep_name="rita")
    held(rep, rep_name="R. Rossi")
    factories.call(rep_name="Otto", team=team)
    rows = per_rep(Call.objects.all(), None, manager)
    assert [(row.name, row.calls) for row in rows] == [("Rita Rossi", 2), ("Otto", 1), ("All of them", 3)]


@pytest.mark.parametrize(("reps", "is_cut"), [(1, False), (MOST_REPS, False), (MOST_REPS + 1, True)])
def test_only_a_table_that_leaves_reps_out_says_so(manager, team, reps, is_cut):
    for number in range(reps):
        factories.call(rep_name=f"Rep {number}", team=team)
    assert leaves_some_out(per_rep(Call.objects.all(), None, manager)) is is_cut


def test_the_probability_of_a_rep_is_by_the_version_that_serves(rep, manager):
    older = watching.version("candidate")
    for _ in range(5):
        call = held(rep)
        watching.prediction(call, 0.9, version=older)
        watching.prediction(call, 0.4)
        watching.prediction(call, 0.2)
    (row,) = per_rep(Call.objects.all(), watching.active(), manager)
    assert (row.means[0].written, row.means[0].count) == ("20\u202f%", 5)


def test_bars_stand_for_every_week_also_an_empty_one(rep, manager):
    for days, outcome in ((1, "won"), (2, "lost"), (2, ""), (60, "")):
        held(rep, days=days, outcome=outcome)
    period = Period(NOW - timedelta(days=90), NOW)
    chart = volume_chart(Call.objects.counted_for(manager), period)
    assert chart.kind == "week"
    assert len(chart.bars) in (13, 14)
    assert sum(bar.calls for bar in chart.bars) == 4
    assert sum(bar.won for bar in chart.bars) == 1
    assert all(bar.begins.weekday() == 0 for bar in chart.bars)


@pytest.mark.parametrize(("days", "kind"), [(7, "day"), (90, "week"), (400, "month")])
def test_a_longer_period_has_longer_bars(rep, days, kind):
    held(rep)
    assert volume_chart(Call.objects.all(), Period(NOW - timedelta(days=days), NOW)).kind == kind


def test_an_empty_team_says_what_to_do(lead):
    text = lead.get(TEAM).text
    assert "No calls in this period" in text
    assert "period=all" in text


def test_a_manager_without_a_team_is_told_so(client, db):
    client.force_login(factories.user(role=User.Role.MANAGER))
    assert "You lead no team" in client.get(TEAM).text


def test_an_htmx_request_gets_the_figures_alone(lead, rep):
    held(rep)
    text = lead.get(TEAM, headers={"HX-Request": "true"}).text
    assert "<html" not in text
    assert 'id="team"' in text


@pytest.mark.parametrize("reps", [1, 12])
def test_the_page_costs_the_same_for_any_number_of_reps(lead, team, reps, django_assert_max_num_queries):
    watching.active()
    for _ in range(reps):
        member = factories.user(team=team)
        scored(member, 0.4, "won")
    with django_assert_max_num_queries(15):
        assert lead.get(TEAM).context["volume"].calls == reps


def test_the_form_reads_as_many_teams_as_there_are(manager, rep):
    form = TeamForm(QueryDict(), manager)
    assert [each.name for each in form.teams] == ["North"]
