"""Two versions side by side: what differs, and which is better on calls that neither has learned from."""

import re

import pytest
from django.urls import reverse

from predictions.version_pair import graded
from tests import factories
from tests.predictions import watching
from tests.predictions.test_views_models import REPORT

pytestmark = pytest.mark.django_db


@pytest.fixture
def versions():
    """Two, of which the first learned from two calls that are gone."""
    return watching.version("candidate", call_ids=[-1, -2]), watching.version()


def scored(versions, outcome="", said=(0.5, 0.5), **fields):
    call = factories.call(outcome=outcome, **fields)
    for version, probability in zip(versions, said, strict=True):
        watching.prediction(call, probability, version=version)
    return call


def many(versions, said_of_won, said_of_lost, count=40):
    for number in range(count):
        outcome, said = ("won", said_of_won) if number % 2 else ("lost", said_of_lost)
        scored(versions, outcome, [value + number / 1000 for value in said])


def page(client, user, versions, **query):
    client.force_login(user)
    numbers = dict(zip(("first", "second"), [version.pk for version in versions], strict=True))
    text = client.get(reverse("predictions:compare"), numbers | query).text
    return " ".join(re.sub("<[^>]*>", " ", text).split())


def test_the_better_one_on_the_same_calls_is_named_in_one_sentence(client, admin, versions):
    many(versions, said_of_won=(0.5, 0.8), said_of_lost=(0.5, 0.2))
    text = page(client, admin, versions)
    first, second = versions
    assert "On 40 calls that neither has learned from, version" in text
    assert f"version {second.pk} is clearly better by AUC and is clearly better by Brier score" in text
    assert f"beside version {first.pk}." in text


def test_the_same_scores_differ_no_more_than_chance(client, admin, versions):
    many(versions, said_of_won=(0.6, 0.6), said_of_lost=(0.4, 0.4))
    assert "differs no more than chance allows by AUC" in page(client, admin, versions)


def test_calls_that_one_of_them_learned_from_do_not_count(admin, versions):
    many(versions, said_of_won=(0.5, 0.8), said_of_lost=(0.5, 0.2), count=21)
    learned = scored(versions, "won")
    versions[0].call_ids = [learned.pk]
    versions[0].save()
    assert graded(admin, *versions).calls == 21


@pytest.mark.parametrize(
    ("count", "said"), [(0, "there are 0 such calls"), (3, "there are 3 such calls, 1 of them won")]
)
def test_too_few_calls_are_counted_and_not_judged(client, admin, versions, count, said):
    many(versions, (0.5, 0.8), (0.5, 0.2), count=count)
    text = page(client, admin, versions)
    assert f"Too few to say which is better: {said}" in text
    assert "It takes 20, won and lost ones." in text


def test_calls_of_one_outcome_alone_are_not_judged(admin, versions):
    for _ in range(25):
        scored(versions, "won", (0.5, 0.8))
    assert graded(admin, *versions).comparison is None


def test_what_a_preview_said_of_a_call_counts_as_the_candidates_score(admin):
    active, candidate = watching.version(), watching.version("candidate")
    watching.preview(candidate, (factories.call(outcome="won"), 0.6, 0.9))
    assert graded(admin, active, candidate).calls == 1


def test_bands_of_the_same_calls_are_counted_by_both(client, admin, versions):
    scored(versions, said=(0.9, 0.1))
    scored(versions, said=(0.9, 0.9))
    assert "1 of 2 calls that both have scored lies in another band" in page(client, admin, versions)


def test_only_calls_that_the_reader_may_see_count(client, rep, stranger, versions):
    scored(versions, said=(0.9, 0.1), rep=stranger, team=stranger.team)
    assert "No call that you may see was scored by both." in page(client, rep, versions)
    assert "1 of 1 call " in page(client, stranger, versions)


def test_configuration_and_data_show_what_differs(client, admin, versions):
    first, second = versions
    for version, epochs in ((first, 1), (second, 3)):
        version.run.config = {"epochs": epochs, "seed": 7}
        version.run.counts = {"won": 10 * epochs, "lost": 20, "customers": 5}
        version.run.save()
    text = page(client, admin, versions)
    assert "epochs 1 3" in text
    assert "seed" not in text
    assert "Won 10 30" in text
    assert "Calls 2 0" in text


def test_metrics_stand_beside_the_baselines_with_intervals(client, admin):
    versions = watching.version(report=REPORT), watching.version("candidate", report=REPORT)
    text = page(client, admin, versions)
    assert "Base rate 0.500 0.500 0.250 0.250" in text
    assert "The version itself 0.860 0.830 to 0.890 0.860 0.830 to 0.890" in text


def test_without_a_choice_the_newest_is_beside_the_one_that_serves(client, admin):
    active, newest = watching.version(), watching.version("candidate")
    client.force_login(admin)
    text = client.get(reverse("predictions:compare")).text
    assert f"Version {newest.pk} beside version {active.pk}" in text


def test_one_version_alone_says_how_a_second_comes_about(client, admin):
    watching.version()
    client.force_login(admin)
    assert "There is no second version yet" in client.get(reverse("predictions:compare")).text


def test_a_version_beside_itself_asks_for_another(client, admin, versions):
    assert "Choose two different versions" in page(client, admin, (versions[0], versions[0]))


@pytest.mark.parametrize("number", ["99999", "9" * 20, "9" * 5000])
def test_a_version_that_is_not_there_is_not_found(client, admin, versions, number):
    client.force_login(admin)
    assert client.get(reverse("predictions:compare"), {"first": number}).status_code == 404


def test_the_list_and_a_versions_page_lead_there(client, admin, versions):
    client.force_login(admin)
    assert reverse("predictions:compare") in client.get(reverse("predictions:models")).text
    text = client.get(reverse("predictions:model", args=[versions[0].pk])).text
    assert f"?first={versions[1].pk}&amp;second={versions[0].pk}" in text


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_costs_the_same_for_any_number_of_calls(client, admin, versions, count, django_assert_num_queries):
    many(versions, (0.5, 0.8), (0.5, 0.2), count=count)
    client.force_login(admin)
    with django_assert_num_queries(11):
        client.get(reverse("predictions:compare"))
