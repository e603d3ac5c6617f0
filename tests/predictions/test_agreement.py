"""How far two people agree who answered for the same calls without seeing each other's answers."""

import pytest
from django.urls import reverse

from calls.models import User
from predictions import labelling
from predictions.agreement import FEWEST_CALLS, judged, pairs
from tests import factories
from tests.api_client import client_of

PAGE = reverse("admin:calls_call_agreement")


@pytest.fixture
def second(db) -> User:
    return factories.user("bea", role=User.Role.ADMIN, is_staff=True, is_superuser=True)


def answered(*words: str, by: tuple[User, ...], **fields) -> None:
    """Of a new call, each by one person in the queue."""
    call = factories.call(**fields)
    for word, person in zip(words, by, strict=True):
        labelling.answer(call, word, by=person)


def test_kappa_is_that_of_the_textbook():
    words = [("won", "won")] * 20 + [("won", "lost")] * 5 + [("lost", "won")] * 10 + [("lost", "lost")] * 15
    pair = judged(("ada", "bea"), words)  # 35 of 50 agree, by chance 25 would
    assert pair.kappa == pytest.approx(0.4)
    assert (pair.low, pair.high) == (pytest.approx(0.1250, abs=1e-4), pytest.approx(0.6179, abs=1e-4))


def test_cannot_tell_is_an_answer_that_may_agree():
    words = [("unclear", "unclear")] * 10 + [("won", "won")] * 10
    assert judged(("ada", "bea"), words).kappa == 1
    assert judged(("ada", "bea"), [("unclear", "won"), ("won", "unclear")] * 10).kappa == -1


def test_too_few_calls_tell_no_kappa_and_neither_does_one_answer_for_all():
    few = judged(("ada", "bea"), [("won", "won"), ("lost", "lost")] * 9)
    same = judged(("ada", "bea"), [("won", "won")] * FEWEST_CALLS)
    assert [(pair.kappa, pair.low, pair.is_enough) for pair in (few, same)] == [(None, None, False), (None, None, True)]


def test_each_two_people_are_compared_by_their_first_answers(admin, second):
    third = factories.user("cleo", role=User.Role.ADMIN)
    answered("won", "lost", "won", by=(admin, second, third))
    answered("won", "lost", "lost", by=(admin, second, second))  # the second look does not count
    found = [(pair.people, pair.calls, pair.agreed) for pair in pairs(admin)]
    assert found == [(("ada", "bea"), 2, 0), (("ada", "cleo"), 1, 1), (("bea", "cleo"), 1, 0)]


def test_an_answer_beside_which_the_other_one_stood_is_not_compared(admin, second):
    call = factories.call()
    labelling.answer(call, "won", by=admin)
    labelling.record(call, "won", by=second)  # on the call's page, which shows what was said
    assert pairs(admin) == []


def test_answers_on_calls_that_one_may_not_see_are_not_counted(rep, manager, stranger, admin, second):
    answered("won", "won", by=(admin, second), rep=rep, team=rep.team)
    assert [pair.calls for pair in pairs(manager)] == [1]
    assert pairs(stranger) == []


def test_pairs_cost_one_query_however_many_calls(admin, second, django_assert_num_queries):
    for _ in range(5):
        answered("won", "lost", by=(admin, second))
    with django_assert_num_queries(1):
        pairs(admin)


def test_the_page_tells_kappa_and_interval_and_who_has_too_few(desk, admin, second):
    third = factories.user("cleo", role=User.Role.ADMIN)
    answered("won", "won", "lost", by=(admin, second, third))
    for word in ("won", "lost") * (FEWEST_CALLS // 2):
        answered(word, word, by=(admin, second))
    page = desk.get(PAGE).text
    assert "ada and bea" in page
    assert "<b>1.00</b>" in page
    assert "too few: from 20 calls on" in page


def test_without_any_pair_the_page_says_what_to_do(desk):
    assert "No two people have answered for the same call yet." in desk.get(PAGE).text


def test_the_api_tells_the_same(admin, second):
    answered("won", "lost", by=(admin, second))
    pair = {"people": ["ada", "bea"], "calls": 1, "agreed": 0, "kappa": None, "low": None, "high": None}
    answer = client_of(admin).get(reverse("api:agreement"))
    assert answer.json() == {"fewest_calls": FEWEST_CALLS, "pairs": [pair]}
