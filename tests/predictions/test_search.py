"""Search by meaning, and by words where no worker answers."""

import pytest
from django.core.cache import cache

from predictions import scoring, search, tasks
from tests import factories
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


def test_the_best_passage_of_each_call_is_found(calls, rep, worker):
    found = search.search("too expensive for us", rep)
    assert (found[0].call, found[0].turn) == (calls[1], 1)
    assert found[0].similarity > 0.3
    assert len({hit.call for hit in found}) == len(found)


def test_a_question_is_encoded_once(calls, rep, worker):
    search.search("Budget?", rep)
    search.search(" budget?  ", rep)
    assert len(worker) == 1


def test_without_a_worker_words_are_searched(calls, rep, nobody):
    [hit] = search.search("director approved", rep)
    assert (hit.call, hit.turn, hit.similarity) == (calls[0], 3, None)


def test_without_an_active_version_words_are_searched(rep):
    call = factories.call(WON, rep=rep)
    assert [hit.call for hit in search.search("contract", rep)] == [call]


@pytest.mark.parametrize("way", ["worker", "nobody"])
def test_what_one_may_not_see_is_not_found(calls, stranger, request, way):
    request.getfixturevalue(way)
    assert search.search("contract", stranger) == []


def test_nothing_asked_finds_nothing(calls, rep):
    assert search.search("  ", rep) == []


def test_the_question_does_not_stay_in_redis(calls, rep, worker):
    search.search("contract", rep)
    assert cache.get(f"query-text:{worker[0]}") is None
