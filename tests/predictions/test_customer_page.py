"""The page of a customer: its calls that one may see, in the order of time."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calls.models import Call, Customer
from tests import factories
from tests.predictions import watching


@pytest.fixture
def halden(db) -> Customer:
    return factories.customer("C-7", name="Halden", segment="Enterprise", metadata={"fleet": {"trucks": 40}})


@pytest.fixture
def called(halden, rep, team):
    """A call with the customer, so many weeks after the first."""

    def made(week: int, probability: float | None = None, **fields) -> Call:
        started_at = factories.NOW + timedelta(weeks=week)
        defaults = {"rep": rep, "team": team, "customer": halden, "state": "scored" if probability else "ready"}
        call = factories.call(started_at=started_at, **(defaults | fields))
        if probability is not None:
            watching.prediction(call, probability, band="B")
        return call

    return made


@pytest.fixture
def shown(client, halden):
    def opened(person):
        client.force_login(person)
        return client.get(reverse("predictions:customer", args=[halden.pk]))

    return opened


def test_scores_stand_by_the_time_of_their_calls(shown, called, rep):
    called(4, 0.8, outcome="won")
    called(0, 0.2)
    called(1, 0.5, outcome="lost")
    trend = shown(rep).context["trend"]
    assert [(mark.x, mark.y, mark.shape) for mark in trend.marks] == [
        (0.0, 80.0, "open"), (25.0, 50.0, "lost"), (100.0, 20.0, "won"),
    ]  # fmt: skip
    assert trend.line == "0.0,80.0 25.0,50.0 100.0,20.0"


@pytest.mark.parametrize("probabilities", [[], [0.4], [0.4, None]])
def test_one_score_makes_no_course(shown, called, rep, probabilities):
    called(0)
    for week, probability in enumerate(probabilities, start=1):
        called(week, probability)
    answer = shown(rep)
    assert answer.context["trend"] is None
    assert "Scores over time" not in answer.text


def test_calls_of_the_same_moment_do_not_divide_by_nothing(shown, called, rep):
    called(0, 0.2)
    called(0, 0.8)
    assert [mark.x for mark in shown(rep).context["trend"].marks] == [0.0, 0.0]


def test_statistics_are_told_from_the_first_call_to_the_last(shown, called, rep):
    for week, ratio in ((1, 0.4), (0, 0.2), (2, 0.9)):
        called(week, statistics={"talk_ratio": ratio, "patience": None})
    [course] = shown(rep).context["courses"]
    assert (course.first, course.last, course.mean, course.count) == ("20\u202f%", "90\u202f%", "50\u202f%", 3)


def test_what_is_known_of_the_customer_and_its_deals_is_told(shown, called, rep):
    called(0, deal="D-1")
    text = shown(rep).text
    for told in ("C-7", "Enterprise", "Deal D-1", "Fleet, trucks", "40"):
        assert told in text


def test_only_calls_that_one_may_see_are_there(shown, called, rep, stranger, manager):
    called(0, 0.3)
    called(1, 0.4, rep=stranger, team=stranger.team)
    for person, count in ((rep, 1), (stranger, 1), (manager, 1)):
        assert len(shown(person).context["calls"]) == count


def test_a_customer_of_strangers_is_not_found(shown, called, stranger):
    called(0)
    assert shown(stranger).status_code == 404


def test_the_page_of_a_call_leads_to_its_customer(client, called, halden, rep):
    client.force_login(rep)
    text = client.get(reverse("predictions:call", args=[called(0).pk])).text
    assert reverse("predictions:customer", args=[halden.pk]) in text


@pytest.mark.parametrize("count", [2, 12])
def test_the_page_costs_the_same_for_any_number_of_calls(
    client, called, halden, rep, count, django_assert_max_num_queries
):
    for week in range(count):
        called(week, 0.4, statistics={"talk_ratio": 0.5})
    client.force_login(rep)
    with django_assert_max_num_queries(9):
        answer = client.get(reverse("predictions:customer", args=[halden.pk]))
    assert len(answer.context["calls"]) == count
