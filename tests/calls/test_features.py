"""Metadata, statistics of a conversation and the customer's history become numbers and categories."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import features
from calls.models import Call
from calls.transcripts.turns import Turn
from tests import factories

DAY = timedelta(days=1)
TALK = [
    Turn("R", "rep", "Hello there, how are you? Fine?", 0.0, 3.0),
    Turn("R", "rep", "Tell me more", 3.0, 5.0),
    Turn("C", "customer", "We need it", 6.0, 8.0),
    Turn("R", "rep", "Good", 9.5, 10.0),
]


def test_nested_metadata_becomes_dotted_numbers_and_categories():
    numbers, categories = features.flattened(
        {"size": 250, "crm": {"stage": "demo", "hot": True, "note": "x" * 101}, "region": None, "tags": ["gold"]}
    )
    assert numbers == {"size": 250.0}
    assert categories == {"crm.stage": "demo", "crm.hot": "yes", "region": None, "tags.gold": "yes"}


def test_who_the_customer_is_is_no_feature():
    assert features.flattened({"name": "Acme", "external_id": "7"}) == ({}, {})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), json_values))
def test_any_metadata_can_be_flattened(metadata):
    numbers, categories = features.flattened(metadata)
    assert all(value is None or math.isfinite(value) for value in numbers.values())
    assert all(value is None or len(value) <= 100 for value in categories.values())


def test_the_statistics_follow_their_formulas():
    found = features.interaction_statistics(TALK)
    assert found == {
        "turns": 4,
        "words_rep": 10,
        "words_customer": 3,
        "talk_ratio": 10 / 13,
        "longest_monologue": 9,
        "patience": 1.5,
        "interactivity": 200 / 13,
        "questions_rep": 2,
        "questions_customer": 0,
        "customer_turn_words": 3,
    }


def test_without_times_nobody_knows_the_patience():
    assert features.interaction_statistics([Turn("C", "customer", "a"), Turn("R", "rep", "b")])["patience"] is None


@given(st.lists(st.sampled_from(TALK), max_size=12), st.integers(0, 12))
def test_a_row_of_the_running_statistics_is_that_of_the_prefix(turns, cut):
    rows = features.running_statistics(turns)
    prefix = features.running_statistics(turns[:cut])
    assert all(len(row) == len(features.STATISTICS) for row in rows)
    assert str(rows[:cut]) == str(prefix)  # as text, since NaN equals nothing


@pytest.fixture
def customer(db):
    return factories.customer()


def call_on_day(customer, day, **fields) -> Call:
    return factories.call(customer=customer, started_at=factories.NOW + day * DAY, **fields)


def test_history_counts_the_calls_before_this_one(customer):
    call_on_day(customer, 0, statistics={"talk_ratio": 0.2, "patience": None})
    call_on_day(customer, 4, statistics={"talk_ratio": 0.4})
    call_on_day(customer, 9)
    history = features.history(call_on_day(customer, 6))
    assert tuple(history) == features.HISTORY
    assert (history["earlier_calls"], history["days_since_last"]) == (2, 2)
    assert history["earlier_talk_ratio"] == pytest.approx(0.3)
    assert history["earlier_patience"] is None


def test_an_outcome_counts_only_from_the_moment_it_was_known(customer):
    call_on_day(customer, 0, outcome="won")  # known on day 7
    call_on_day(customer, 1, outcome="lost")  # known on day 8
    before, at, after = (features.history(call_on_day(customer, day)) for day in (6.99, 7, 8))
    assert [h["earlier_won"] for h in (before, at, after)] == [0, 1, 1]
    assert [h["earlier_lost"] for h in (before, at, after)] == [0, 0, 1]


def test_a_call_never_knows_its_own_outcome(customer):
    call = call_on_day(customer, 0, outcome="won")
    Call.objects.filter(pk=call.pk).update(outcome_known_at=call.started_at)
    assert features.history(call)["earlier_won"] == 0


def test_a_call_without_customer_has_no_history(db):
    history = features.history(factories.call())
    assert (history["earlier_calls"], history["days_since_last"]) == (0, None)


def test_rejected_calls_are_no_history(customer):
    call_on_day(customer, 0, state=Call.State.REJECTED)
    assert features.history(call_on_day(customer, 1))["earlier_calls"] == 0


def test_many_histories_cost_one_query(customer, django_assert_num_queries):
    calls = [call_on_day(customer, day) for day in range(5)] + [factories.call(customer=factories.customer())]
    with django_assert_num_queries(1):
        histories = features.histories(calls)
    assert histories == {call.pk: features.history(call) for call in calls}
