from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from calls.models import User
from predictions.team.beside import beside_team
from tests import factories

HTMX = {"HX-Request": "true"}


@pytest.fixture
def call(rep, team):
    """One of five calls of the team, each with a talk ratio of its own."""
    made = [
        factories.call(
            rep=rep, team=team, started_at=timezone.now(), statistics={"talk_ratio": ratio, "patience": None}
        )
        for ratio in (0.2, 0.3, 0.4, 0.5, 0.6)
    ]
    return made[0]


def written(call, user):
    return {one.title: one.team and one.team.written for one in beside_team(call, user, timezone.now())}


def test_a_call_stands_beside_the_mean_of_its_teams_calls(call, rep):
    assert written(call, rep) == {"Talk ratio of the rep": "40\u202f%", "Patience of the rep": ""}


def test_the_averages_take_one_query(call, rep, django_assert_num_queries):
    with django_assert_num_queries(1):
        beside_team(call, rep, timezone.now())


def test_calls_of_other_teams_and_of_long_ago_do_not_count(call, rep, team):
    factories.call(team=factories.team("South"), started_at=timezone.now(), statistics={"talk_ratio": 0.9})
    factories.call(team=team, statistics={"talk_ratio": 0.9}, started_at=timezone.now() - timedelta(days=91))
    assert written(call, rep)["Talk ratio of the rep"] == "40\u202f%"


def test_a_person_of_another_team_is_told_no_average(call):
    guest = factories.user(role=User.Role.REP, team=factories.team("South"))
    call.shared_with.add(guest)
    assert set(written(call, guest).values()) == {None}


def test_a_rep_who_led_the_team_once_is_told_no_average(call, team):
    once = factories.user(role=User.Role.REP, team=factories.team("South"))
    once.teams.add(team)
    call.shared_with.add(once)
    assert set(written(call, once).values()) == {None}


def test_the_page_asks_for_the_averages_by_itself(client, rep, call):
    client.force_login(rep)
    address = reverse("predictions:statistics", args=[call.pk])
    assert f'hx-get="{address}"' in client.get(reverse("predictions:call", args=[call.pk])).text
    text = client.get(address, headers=HTMX).text
    assert "40\u202f%" in text
    assert "hx-trigger" not in text
    assert "<html" in client.get(address).text
