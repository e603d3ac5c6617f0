"""Calls that are erased while others write of them: nobody waits for the other for ever, and nothing of them stays."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from calls import erasing
from calls.models import Call
from mltraining.models import ModelVersion
from predictions import promotion, scoring, tasks
from tests import factories, small_models
from tests.at_once import waits_for_a_lock
from tests.small_models import WON

pytestmark = pytest.mark.django_db(transaction=True)


def erase(calls: list[Call]) -> None:
    try:
        erasing.erase_calls([call.pk for call in calls])
    finally:
        connections.close_all()


@contextmanager
def erased_at(statement: str, calls: list[Call]) -> Iterator[None]:
    """Begun once that statement was executed here, and then left to itself; what it raises is raised here."""
    begun: list[Future[None]] = []

    def beside(execute: Callable, sql: str, *rest: object) -> object:
        result = execute(sql, *rest)
        if sql.startswith(statement) and not begun:
            begun.append(threads.submit(erase, calls))
            while not (begun[0].done() or waits_for_a_lock()):
                pass
        return result

    with ThreadPoolExecutor(1) as threads:
        with connection.execute_wrapper(beside):
            yield
        begun[0].result()


@pytest.fixture
def calls(active) -> list[Call]:
    """Scored before, as all are when another version begins to serve."""
    return [factories.call(WON, state=Call.State.SCORED) for _ in range(3)]


def test_scores_that_are_being_written(calls):
    with erased_at('DELETE FROM "predictions_scoringattempt"', calls):
        assert scoring.score([call.pk for call in calls]) == 3
    assert not Call.objects.exists()


def test_vectors_that_a_promotion_writes(calls, monkeypatch):
    monkeypatch.setattr(tasks.write_vectors, "delay_on_commit", lambda pk: None)
    job = promotion.promote(small_models.version(ModelVersion.State.CANDIDATE), None)
    with erased_at('SELECT "calls_turn"', calls[:2]):
        promotion.write_vectors(job.pk)
    job.refresh_from_db()
    assert (job.state, job.calls_done) == ("done", 1)
