import pytest
from django.urls import reverse

from predictions import finding
from tests import factories

HTMX = {"HX-Request": "true"}
TURNS = [("rep", "The Budget?"), ("customer", "None."), ("rep", "A budget, 50% of it."), ("customer", "My budget_a!")]


@pytest.fixture
def call(rep):
    return factories.call(TURNS, rep=rep)


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


def address(call):
    return reverse("predictions:find", args=[call.pk])


@pytest.mark.parametrize(
    ("step", "at", "shown"),
    [("next", -1, 0), ("next", 0, 2), ("next", 3, 0), ("previous", -1, 3), ("previous", 2, 0), ("", 2, None)],
)
def test_steps_go_from_hit_to_hit_and_round_the_ends(call, step, at, shown):
    found = finding.find(call, "BUDGET", step=step, at=at)
    assert list(found.turns) == [0, 2, 3]
    assert found.at == shown


@pytest.mark.parametrize(
    ("words", "turns"), [("50%", [2]), ("t_a", [3]), ("%", [2]), (" ", []), ("\0", []), ("zz", [])]
)
def test_words_are_looked_for_as_they_are_written(call, words, turns):
    assert list(finding.find(call, words, step="next").turns) == turns


def test_a_search_answers_with_the_place_and_the_turn(visitor, call):
    text = visitor.get(address(call), {"q": "budget", "step": "next", "at": "0"}, headers=HTMX).text
    assert "2 of 3 turns" in text
    assert 'href="#turn-2"' in text
    assert "<html" not in text


def test_without_scripts_a_page_lists_the_turns(visitor, call):
    text = visitor.get(address(call), {"q": "budget"}).text
    assert f"{reverse('predictions:call', args=[call.pk])}#turn-3" in text
    assert "3 turns" in text


@pytest.mark.parametrize("query", ["", "?at=x", "?q=none&at=-1&step=next", "?q=a&at=99999999999999999999&step=next"])
def test_the_search_opens_whatever_stands_in_its_address(visitor, call, query):
    assert visitor.get(address(call) + query).status_code == 200


def test_a_stranger_finds_nothing_in_a_call(client, stranger, call):
    client.force_login(stranger)
    assert client.get(address(call), {"q": "budget"}).status_code == 404


def test_a_search_costs_the_same_for_any_number_of_hits(visitor, rep, django_assert_max_num_queries):
    long = factories.call([("rep", "Yes, of course.")] * 500, rep=rep)
    with django_assert_max_num_queries(4):
        assert "500 turns" in visitor.get(address(long), {"q": "course"}, headers=HTMX).text
