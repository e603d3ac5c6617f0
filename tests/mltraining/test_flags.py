"""Versions that learned from what was erased since."""

import pytest

from calls.models import Call
from mltraining.flags import flags
from mltraining.models import ModelVersion
from tests import factories
from tests.predictions import watching

pytestmark = pytest.mark.django_db


@pytest.fixture
def trained() -> ModelVersion:
    calls = [factories.call(outcome=outcome, customer=factories.customer(name="Acme")) for outcome in ("won", "lost")]
    return watching.version(call_ids=[call.pk for call in calls])


def erase(version: ModelVersion) -> None:
    """One customer with the calls."""
    call = Call.objects.get(pk=version.call_ids[0])
    customer = call.customer
    call.delete()
    customer.delete()


def test_a_version_whose_calls_are_all_there_has_no_flag(trained):
    assert flags(trained) == []


def test_a_version_that_learned_from_an_erased_customer_says_so_and_what_to_do(trained):
    erase(trained)
    [flag] = flags(trained)
    assert flag.message == f"Version {trained.pk} learned from 2 calls, and 1 of them has been erased since."
    assert "Train anew" in flag.hint


def test_a_version_that_came_later_is_not_flagged(trained):
    erase(trained)
    assert flags(watching.version("candidate", call_ids=trained.call_ids[1:])) == []


def test_nothing_of_an_erased_customer_stays_with_the_version_but_the_number_of_the_call(trained):
    erase(trained)
    trained.refresh_from_db()
    assert "Acme" not in repr(vars(trained))
