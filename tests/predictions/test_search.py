"""Search by meaning, and by words where no worker answers: as such, through the API, and beside the list of calls."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from calls.models import Call
from predictions import scoring, search, tasks, vectors
from predictions.serving import NoActiveModel
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.small_models import LOST, WON

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(monkeypatch):
    """Answers at once."""
    asked = []
    monkeypatch.setattr(tasks.encode_query, "delay", lambda key: (asked.append(key), search.encode(key)))
    return asked


@pytest.fixture
def nobody(monkeypatch):
    monkeypatch.setattr(tasks.encode_query, "delay", lambda key: None)
    monkeypatch.setattr(search, "SECONDS_TO_ENCODE", 0.1)


@pytest.fixture
def calls(active, rep):
    made = [factories.call(turns, rep=rep) for turns in (WON, LOST)]
    scoring.score([call.pk for call in made])
    return made


def asked(text, user):
    return search.search(text, Call.objects.visible_to(user))


def test_the_best_passage_of_each_call_is_found(calls, rep, worker):
    found = asked("too expensive for us", rep)
    assert found.by_meaning
    assert (found.hits[0].call, found.hits[0].turn) == (calls[1], 1)
    assert found.hits[0].similarity > 0.3
    assert len({hit.call for hit in found.hits}) == len(found.hits)


@pytest.fixture
def long_call(calls, rep):
    """Says in each of many turns what another call says once."""
    made = factories.call([LOST[1]] * 200, rep=rep, started_at=factories.NOW + timedelta(days=1))
    scoring.score([made.pk])
    return made


def test_one_long_call_hides_no_other_that_means_the_same(calls, long_call, rep, worker):
    found = asked("too expensive for us", rep).hits
    assert {hit.call for hit in found} == {*calls, long_call}


def test_one_long_call_hides_no_other_that_holds_the_words(calls, long_call, rep, nobody):
    found = asked("too expensive for us", rep).hits
    assert [(hit.call, hit.turn) for hit in found] == [(long_call, 0), (calls[1], 1)]


def test_what_the_index_does_not_reach_is_found_all_the_same(calls, long_call, rep, worker, monkeypatch):
    monkeypatch.setattr(vectors, "SCANNED_TUPLES", 1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")  # else so few rows are never read by the index
    found = asked("too expensive for us", rep).hits
    assert {hit.call for hit in found} == {*calls, long_call}
    assert [hit.similarity for hit in found] == sorted((hit.similarity for hit in found), reverse=True)


def test_a_question_is_encoded_once(calls, rep, worker):
    asked("Budget?", rep)
    asked(" budget?  ", rep)
    assert len(worker) == 1


def test_without_a_worker_words_are_searched(calls, rep, nobody):
    found = asked("director approved", rep)
    [hit] = found.hits
    assert not found.by_meaning
    assert (hit.call, hit.turn, hit.similarity) == (calls[0], 3, None)


def test_without_an_active_version_there_is_no_meaning(rep):
    factories.call(WON, rep=rep)
    with pytest.raises(NoActiveModel):
        asked("contract", rep)


@pytest.mark.parametrize("way", ["worker", "nobody"])
def test_what_one_may_not_see_is_not_found(calls, stranger, request, way):
    request.getfixturevalue(way)
    assert asked("contract", stranger).hits == []


@pytest.mark.parametrize("text", ["", "  ", "\0"])
def test_nothing_asked_finds_nothing(calls, rep, worker, text):
    assert asked(text, rep).hits == []


def test_the_question_does_not_stay_in_redis(calls, rep, worker):
    asked("contract", rep)
    assert cache.get(f"query-text:{worker[0]}") is None


def test_the_api_answers_with_the_nearest_passage_of_each_call(calls, rep, worker):
    answer = client_of(rep).get(f"{API}search/", {"q": "too expensive for us", "limit": 1}).json()
    [hit] = answer["results"]
    assert answer["by"] == "meaning"
    assert (hit["id"], hit["turn"], hit["role"]) == (calls[1].pk, 1, "customer")
    assert hit["text"] == LOST[1][1]


def test_the_api_says_when_only_words_were_searched(calls, rep, nobody):
    answer = client_of(rep).get(f"{API}search/", {"q": "director approved"}).json()
    assert (answer["by"], answer["results"][0]["similarity"]) == ("words", None)


def test_the_api_has_no_search_without_an_active_model(rep):
    assert_error(client_of(rep).get(f"{API}search/", {"q": "contract"}), 503, "no_active_model")


@pytest.mark.parametrize("query", [{"q": ""}, {"q": "a\0b"}, {"q": "x" * 501}, {"q": "x", "limit": 0}])
def test_the_api_names_what_cannot_be_asked(active, rep, query):
    error = assert_error(client_of(rep).get(f"{API}search/", query), 400)
    assert set(error["fields"]) == {list(query)[-1]}


@pytest.mark.django_db(transaction=True)
def test_nobody_holds_a_connection_while_a_worker_thinks(rep, active, nobody, monkeypatch):
    held = []
    monkeypatch.setattr(search.time, "sleep", lambda seconds: held.append(connection.connection))
    assert asked("contract", rep).hits == []
    assert set(held) == {None}


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


def passages(visitor, **query):
    return visitor.get(reverse("predictions:meaning"), query, headers={"HX-Request": "true"}).text


def test_the_list_asks_for_passages_that_mean_the_same(calls, visitor):
    assert f"{reverse('predictions:meaning')}?q=price" in visitor.get("/", {"q": "price"}).text
    assert reverse("predictions:meaning") not in visitor.get("/").text


def test_a_passage_leads_to_its_turn(calls, visitor, worker):
    text = passages(visitor, q="too expensive for us")
    assert f"{reverse('predictions:call', args=[calls[1].pk])}#turn-1" in text
    assert "far too expensive" in text


def test_passages_come_from_the_calls_that_the_other_filters_leave(calls, visitor, worker):
    text = passages(visitor, q="too expensive for us", state="rejected")
    assert "far too expensive" not in text
    assert "None among the calls" in text


def test_a_stranger_is_shown_no_passage(calls, client, stranger, worker):
    client.force_login(stranger)
    assert "expensive for" not in passages(client, q="too expensive")


@pytest.mark.parametrize("q", ["", "\0", "budget\0"])
def test_passages_open_whatever_is_asked(calls, visitor, worker, q):
    assert visitor.get(reverse("predictions:meaning"), {"q": q}).status_code == 200


def test_a_worker_that_does_not_answer_is_said_and_can_be_asked_again(calls, visitor, nobody):
    assert "Ask again" in passages(visitor, q="contract")


def test_without_a_model_the_list_offers_no_meaning(rep, visitor):
    factories.call(WON, rep=rep)
    assert reverse("predictions:meaning") not in visitor.get("/", {"q": "contract"}).text
    assert "None among the calls" in passages(visitor, q="contract")
