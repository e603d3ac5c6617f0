"""A training that the clock starts."""

import pytest
from django.urls import reverse

from mltraining import retraining, tasks, training
from mltraining.models import ModelVersion, TrainingRun
from tests import factories, small_models
from tests.at_once import at_once

pytestmark = pytest.mark.usefixtures("enqueued")


@pytest.fixture(autouse=True)
def four_are_enough(settings) -> None:
    settings.MIN_LABELS_PER_CLASS, settings.RETRAIN_AFTER_LABELS = 2, 4


def trained() -> ModelVersion:
    """On all the calls that are labelled by now."""
    version = small_models.version()
    TrainingRun.objects.filter(pk=version.run_id).update(state="succeeded", counts=training.label_counts())
    return version


@pytest.mark.django_db
def test_enough_new_labels_start_one_training(enqueued):
    factories.labelled(2, 2)
    trained()
    factories.labelled(3, 1)
    tasks.retrain()
    tasks.retrain()
    run = TrainingRun.objects.unfinished().get()
    assert (run.counts, run.requested_by, enqueued) == ({"won": 5, "lost": 3}, None, [run.pk])


@pytest.mark.django_db
def test_too_few_new_labels_start_none_and_the_page_says_how_many_are_missing(client, admin):
    factories.labelled(2, 2)
    trained()
    factories.labelled(2, 1)
    assert retraining.request_if_due() is None
    client.force_login(admin)
    assert "after 1 more labelled call." in client.get(reverse("mltraining:runs")).text


@pytest.mark.django_db
def test_calls_on_which_a_training_failed_are_not_tried_again_every_night():
    factories.labelled(2, 2)
    trained()
    factories.labelled(4, 0)
    TrainingRun.objects.filter(pk=retraining.request_if_due().pk).update(state="failed")
    assert retraining.request_if_due() is None


@pytest.mark.django_db
def test_nothing_trains_by_itself_before_a_person_has_trained_once():
    factories.labelled(4, 4)
    assert retraining.request_if_due() is None


@pytest.mark.django_db
def test_nothing_trains_by_itself_unless_that_is_set(settings):
    settings.RETRAIN_AFTER_LABELS = 0
    factories.labelled(2, 2)
    trained()
    factories.labelled(9, 9)
    assert (retraining.labels_until_due(), retraining.request_if_due()) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_start_one_training():
    factories.labelled(2, 2)
    trained()
    factories.labelled(4, 4)
    at_once(2, retraining.request_if_due)
    assert TrainingRun.objects.unfinished().count() == 1
