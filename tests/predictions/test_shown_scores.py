"""The database says which score a call shows, whoever writes scores and however a version comes to serve."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from django.db import transaction
from django.utils import timezone

from mltraining import registry
from predictions.models import Prediction, ShownScore
from predictions.paging import ORDERS, page
from predictions.shown_scores import with_scores
from tests import factories
from tests.at_once import at_once, waits_for_a_lock
from tests.predictions import watching


@pytest.fixture
def call(db):
    return factories.call()


def shown(call) -> Prediction | None:
    return Prediction.objects.shown_of(call).first()


def test_a_call_without_a_score_shows_none(call):
    watching.prediction(call, 0.4, is_partial=True)
    assert shown(call) is None


def test_the_newest_score_by_the_version_that_serves_is_shown(call):
    watching.prediction(call, 0.4)
    newest = watching.prediction(call, 0.6, band="B")
    watching.prediction(call, 0.9, version=watching.version("candidate"))
    row = ShownScore.objects.get(call=call)
    assert (row.prediction, row.version, row.probability, row.band) == (newest, newest.version, 0.6, "B")


def test_where_that_version_has_none_the_newest_of_any_is_shown(call):
    watching.active()
    watching.prediction(call, 0.4, version=watching.version("retired"))
    newest = watching.prediction(call, 0.9, version=watching.version("candidate"))
    assert shown(call) == newest


def test_many_scores_that_are_written_at_once_are_shown(db):
    calls = [factories.call() for _ in range(3)]
    scores = [watching.prediction(call, 0.5) for call in calls]
    values = {"version": watching.active(), "turns_seen": 1, "latency_ms": 1, "probability": 0.7}
    newer = [Prediction(call=score.call, input_hash="newer", **values) for score in scores]
    Prediction.objects.bulk_create(newer, ignore_conflicts=True)
    assert set(ShownScore.objects.values_list("probability", flat=True)) == {0.7}


def test_a_score_that_is_kept_already_changes_nothing(call):
    score = watching.prediction(call, 0.5)
    again = Prediction(call=call, version=score.version, input_hash=score.input_hash, turns_seen=1, latency_ms=1)
    Prediction.objects.bulk_create([again], ignore_conflicts=True)
    assert shown(call) == score


def test_going_back_shows_the_scores_of_the_version_before(call):
    old = watching.prediction(call, 0.4)
    new = watching.prediction(call, 0.9, version=watching.version("candidate"))
    registry.activate(new.version)
    assert shown(call) == new
    registry.activate(old.version)
    assert shown(call) == old


def test_a_score_goes_with_its_call(call):
    watching.prediction(call, 0.4)
    call.delete()
    assert not ShownScore.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_score_written_while_another_version_takes_over_is_not_the_one_that_stays():
    call = factories.call()
    old = watching.prediction(call, 0.4, created_at=timezone.now() - timedelta(days=1))
    new = watching.prediction(call, 0.9, version=watching.version("candidate"))
    works = iter([lambda: registry.activate(new.version), lambda: watching.prediction(call, 0.3, version=old.version)])

    def one_of_them() -> None:
        with transaction.atomic():
            next(works)()

    at_once(2, one_of_them)
    assert shown(call) == new


@pytest.mark.django_db(transaction=True)
def test_a_version_takes_over_while_a_call_is_erased():
    gone, kept = factories.call(), factories.call()
    [watching.prediction(call, 0.4) for call in (gone, kept)]
    candidate = watching.version("candidate")
    [watching.prediction(call, 0.9, version=candidate) for call in (gone, kept)]
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            gone.delete()
            taking_over = threads.submit(at_once, 1, lambda: registry.activate(candidate))
            while not taking_over.done() and not waits_for_a_lock():
                sleep(0.01)
        taking_over.result()
    assert list(ShownScore.objects.values_list("call", "version")) == [(kept.pk, candidate.pk)]


@pytest.mark.parametrize("order", ["likeliest", "unlikeliest"])
def test_calls_with_a_probability_come_first_and_those_without_follow(db, order):
    for probability in (0.5, None, 0.2):
        watching.prediction(factories.call(), probability)
    factories.call()
    seen, cursor = [], ""
    for _ in range(4):
        found = page(with_scores(factories.Call.objects.all(), factories.user()), ORDERS[order], cursor, size=1)
        seen, cursor = [*seen, found.rows[0].probability], found.next
    assert seen == ([0.5, 0.2] if order == "likeliest" else [0.2, 0.5]) + [None, None]
