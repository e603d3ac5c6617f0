from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.models import Call
from predictions.paging import ORDERS, page
from predictions.shown_scores import with_scores
from tests import factories
from tests.predictions import watching


def calls_with(probabilities):
    for probability in probabilities:
        call = factories.call(())
        if probability is not None:
            watching.prediction(call, probability)
    return with_scores(Call.objects.all(), factories.user())


def walked(calls, order, size):
    """Every page from the first to the last."""
    pages, cursor = [], ""
    while True:
        pages.append(page(calls, order, cursor, size))
        cursor = pages[-1].next
        if not cursor:
            return pages


@pytest.mark.parametrize("name", ORDERS)
def test_walking_the_pages_meets_every_call_once(db, name):
    calls = calls_with([0.5, None, 0.5, 0.2, 0.9, None, 0.5])
    pages = walked(calls, ORDERS[name], size=2)
    seen = [call.pk for each in pages for call in each.rows]
    assert sorted(seen) == sorted(Call.objects.values_list("pk", flat=True))
    assert pages[0].previous == ""


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    probabilities=st.lists(st.none() | st.sampled_from([0.1, 0.5, 0.9]), min_size=1, max_size=9),
    name=st.sampled_from(sorted(ORDERS)),
    size=st.integers(1, 4),
)
def test_going_back_shows_the_same_pages_again(db, probabilities, name, size):
    Call.objects.all().delete()
    calls = calls_with(probabilities)
    pages = walked(calls, ORDERS[name], size)
    for before, after in pairwise(pages):
        assert page(calls, ORDERS[name], after.previous, size).rows == before.rows


def test_calls_without_a_score_come_last_in_either_direction(db):
    calls = calls_with([None, 0.2, 0.8])
    for name, expected in (("likeliest", [0.8, 0.2, None]), ("unlikeliest", [0.2, 0.8, None])):
        assert [call.probability for call in page(calls, ORDERS[name]).rows] == expected


@pytest.mark.parametrize("name", [name for name in ORDERS if name != "customer"])
def test_a_cursor_of_another_order_means_the_first_page(db, name):
    calls = calls_with([0.5, 0.2])
    cursor = page(calls, ORDERS["customer"], size=1).next
    assert len(page(calls, ORDERS[name], cursor).rows) == 2


@pytest.mark.parametrize("cursor", ["nonsense", "WzFd:1aaaaa:xxxx", "\x00"])
def test_a_cursor_that_cannot_be_read_means_the_first_page(db, cursor):
    assert len(page(calls_with([0.5]), ORDERS["newest"], cursor).rows) == 1
