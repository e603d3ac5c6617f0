"""Calls like a given one, won and lost."""

import pytest
from django.db import connection
from pgvector.django import CosineDistance

from mltraining.models import ModelVersion
from predictions import scoring
from predictions.models import Embedding
from predictions.similar import similar_calls
from tests import factories, small_models
from tests.small_models import LOST, WON

pytestmark = pytest.mark.django_db

CONTRACT = (("rep", "Shall we talk about the weather?"), WON[1])


@pytest.fixture
def scored(active, rep):
    def make(turns=WON, **fields):
        call = factories.call(turns, **({"rep": rep} | fields))
        scoring.score([call.pk])
        return call

    return make


def test_won_and_lost_neighbours_come_nearest_first(scored, rep):
    asked = scored(WON)
    twin, apart = scored(WON, outcome="won"), scored(LOST, outcome="lost")
    scored(WON)  # no outcome: tells nothing
    found = similar_calls(asked, rep)
    assert [each.call for each in found] == [twin, apart]
    assert found[0].similarity == pytest.approx(1, abs=1e-3)
    assert found[0].similarity > found[1].similarity


def test_only_calls_that_the_user_may_see_are_named(scored, rep, stranger, admin):
    asked = scored(WON)
    hidden = scored(WON, outcome="won", rep=stranger)
    assert similar_calls(asked, rep) == []
    assert [each.call for each in similar_calls(asked, admin)] == [hidden]


def test_a_neighbour_shows_the_passage_that_is_most_alike(scored, rep):
    asked = scored(CONTRACT)
    scored(WON, outcome="won")
    [found] = similar_calls(asked, rep)
    assert (found.passage.turn, found.passage.own_turn) == (1, 1)
    assert found.passage.text == WON[1][1]


def test_the_limit_counts_for_each_outcome(scored, rep):
    asked = scored(WON)
    for _ in range(3):
        scored(WON, outcome="won")
        scored(LOST, outcome="lost")
    outcomes = [each.call.outcome for each in similar_calls(asked, rep, limit=2)]
    assert sorted(outcomes) == ["lost", "lost", "won", "won"]
    assert {each.call.outcome for each in similar_calls(asked, rep, outcome="won")} == {"won"}


def test_vectors_of_another_version_are_never_compared(scored, rep, active):
    asked = scored(WON)
    scored(WON, outcome="won")
    active.state = ModelVersion.State.CANDIDATE
    active.save()
    small_models.version()
    assert similar_calls(asked, rep) == []


@pytest.mark.parametrize("index", ["call_cosine", "window_cosine"])
def test_calls_and_passages_are_looked_up_in_an_index_of_their_own(scored, admin, index):
    own = Embedding.objects.of_calls().get(call=scored(WON))
    near = CosineDistance("vector", own.vector)
    rows = {"call_cosine": Embedding.objects.of_calls(), "window_cosine": Embedding.objects.of_windows()}[index]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        assert index in rows.order_by(near)[:5].explain()
