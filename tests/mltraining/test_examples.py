"""From calls to model input."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call
from mltraining import examples
from mltraining.examples import content_hash, example_from, examples_from, snapshot
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def later(days: int):
    return NOW + timedelta(days=days)


def taken():
    return snapshot(Call.objects.trainable())


def test_turns_metadata_and_running_statistics_become_the_example():
    call = factories.call(customer_metadata={"segment": "bank", "seats": 40, "crm": {"stage": None}})
    made = example_from(call)
    assert [turn.role for turn in made.turns] == ["rep", "customer", "rep", "customer"]
    assert made.numbers["seats"] == 40
    assert made.categories == {"segment": "bank", "crm.stage": None}
    assert made.statistics.shape == (4, len(made.statistic_names))


def test_history_is_as_of_the_start_of_the_call():
    customer = factories.customer()
    factories.call(customer=customer, outcome="won", started_at=NOW)  # known after a week
    early = factories.call(customer=customer, started_at=later(2))
    late = factories.call(customer=customer, started_at=later(30))
    assert example_from(early).numbers["history.earlier_won"] == 0
    assert example_from(late).numbers["history.earlier_won"] == 1
    assert example_from(late, as_of=later(2)).numbers["history.earlier_won"] == 0


@pytest.mark.parametrize(("seconds", "late"), [(-60, 4), (0, 3), (15, 2), (31, 0), (86400, 0)])
def test_turns_that_began_after_the_outcome_was_known_are_counted(seconds, late):
    call = factories.call(outcome="won", outcome_known_at=NOW + timedelta(seconds=seconds))
    assert example_from(call).turns_after_outcome == late


def test_a_new_moment_of_the_outcome_that_makes_words_late_is_trained_on_again():
    call = factories.call(outcome="won")
    before = taken().hash({}, 1)
    Call.objects.filter(pk=call.pk).update(outcome_known_at=NOW)
    assert taken().hash({}, 1) != before


def test_metadata_never_meets_history_of_the_same_name():
    call = factories.call(customer=factories.customer(), customer_metadata={"earlier_won": 99})
    made = example_from(call)
    assert (made.numbers["earlier_won"], made.numbers["history.earlier_won"]) == (99, 0)


def test_one_call_and_many_give_the_same_examples():
    customer = factories.customer()
    calls = [factories.call(customer=customer, started_at=later(day), outcome="won") for day in range(3)]
    assert [content_hash(each) for each in examples_from(calls)] == [content_hash(example_from(c)) for c in calls]


def test_a_snapshot_takes_the_same_few_queries_however_many_calls(django_assert_max_num_queries):
    for number in range(12):
        factories.call(outcome="won" if number % 2 else "lost", customer=factories.customer())
    with CaptureQueriesContext(connection) as queries:
        made = taken()
    assert len(queries) == 3
    assert made.counts == {"won": 6, "lost": 6, "customers": 12}
    assert {each.label for each in made.examples} == {0, 1}


def test_a_snapshot_is_in_the_order_of_time_and_grouped_by_customer():
    customer = factories.customer()
    second = factories.call(outcome="won", customer=customer, started_at=later(3))
    first = factories.call(outcome="lost", customer=customer)
    made = taken()
    assert made.call_ids == [first.pk, second.pk]
    assert {each.group for each in made.examples} == {str(customer.pk)}


def test_the_hash_changes_with_data_configuration_and_format_only():
    factories.call(outcome="won")
    before = taken().hash({"seed": 1}, 1)
    assert taken().hash({"seed": 1}, 1) == before
    assert taken().hash({"seed": 2}, 1) != before
    assert taken().hash({"seed": 1}, 2) != before
    factories.call(outcome="lost")
    assert taken().hash({"seed": 1}, 1) != before


@pytest.mark.parametrize("change", [{"role": "other"}, {"text": "No."}, {"start": 99.0}])
def test_the_content_hash_sees_every_word_role_and_time(change):
    call = factories.call()
    before = content_hash(example_from(call))
    call.turns.filter(index=2).update(**change)
    assert content_hash(example_from(call)) != before


def test_a_call_without_turns_is_an_example_too():
    made = example_from(factories.call(turns=()))
    assert (made.turns, made.statistics.shape[0]) == ((), 0)


def test_stored_vectors_are_taken_only_if_they_cover_every_window():
    from tests.small_models import WON, example, model

    whole = example(WON, "one", 1)
    vectors = model().encode([whole])[0].vectors
    assert examples.encoded_from(model(), whole, vectors) is not None
    assert examples.encoded_from(model(), whole, vectors[:-1]) is None
