"""A training that the clock starts."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from mltraining import retraining, tasks, training
from mltraining.models import ModelVersion, TrainingRun
from tests import factories, small_models


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[int]:
    sent: list[int] = []
    monkeypatch.setattr(tasks.train, "delay_on_commit", sent.append)
    return sent


@pytest.fixture(autouse=True)
def four_are_enough(settings) -> None:
    settings.MIN_LABELS_PER_CLASS, settings.RETRAIN_AFTER_LABELS = 2, 4


def labelled(won: int, lost: int) -> None:
    for outcome in ["won"] * won + ["lost"] * lost:
        factories.call(outcome=outcome)


def trained() -> ModelVersion:
    """On all the calls that are labelled by now."""
    version = small_models.version()
    TrainingRun.objects.filter(pk=version.run_id).update(state="succeeded", counts=training.label_counts())
    return version


@pytest.mark.django_db
def test_enough_new_labels_start_one_training(enqueued):
    labelled(2, 2)
    trained()
    labelled(3, 1)
    tasks.retrain()
    tasks.retrain()
    run = TrainingRun.objects.unfinished().get()
    assert (run.counts, run.requested_by, enqueued) == ({"won": 5, "lost": 3}, None, [run.pk])


@pytest.mark.django_db
def test_too_few_new_labels_start_none_and_the_page_says_how_many_are_missing(client, admin):
    labelled(2, 2)
    trained()
    labelled(2, 1)
    assert retraining.request_if_due() is None
    client.force_login(admin)
    assert "after 1 more labelled call." in client.get(reverse("mltraining:runs")).text


@pytest.mark.django_db
def test_calls_on_which_a_training_failed_are_not_tried_again_every_night():
    labelled(2, 2)
    trained()
    labelled(4, 0)
    TrainingRun.objects.filter(pk=retraining.request_if_due().pk).update(state="failed")
    assert retraining.request_if_due() is None


@pytest.mark.django_db
def test_nothing_trains_by_itself_before_a_person_has_trained_once():
    labelled(4, 4)
    assert retraining.request_if_due() is None


@pytest.mark.django_db
def test_nothing_trains_by_itself_unless_that_is_set(settings):
    settings.RETRAIN_AFTER_LABELS = 0
    labelled(2, 2)
    trained()
    labelled(9, 9)
    assert (retraining.labels_until_due(), retraining.request_if_due()) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_start_one_training():
    labelled(2, 2)
    trained()
    labelled(4, 4)
    together = threading.Barrier(2)

    def beat() -> None:
        together.wait()
        retraining.request_if_due()
        connection.close()

    beats = [threading.Thread(target=beat) for _ in range(2)]
    for thread in beats:
        thread.start()
    for thread in beats:
        thread.join()
    assert TrainingRun.objects.unfinished().count() == 1
