from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mltraining.models import RunLogLine, TrainingRun
from tests import factories

HTMX = {"HX-Request": "true"}


@pytest.fixture
def visitor(client, admin):
    client.force_login(admin)
    return client


def running(**fields) -> TrainingRun:
    defaults = {"state": "running", "stage": "fine-tune", "progress": 0.5, "started_at": timezone.now()}
    return TrainingRun.objects.create(**(defaults | fields))


def test_without_runs_the_page_says_what_to_do(visitor):
    answer = visitor.get(reverse("mltraining:runs"))
    assert "No training yet" in answer.text
    assert "40 more needed" in answer.text


def test_a_training_under_the_minimum_is_refused_with_the_counts(visitor):
    factories.labelled(2, 1)
    answer = visitor.post(reverse("mltraining:runs"))
    assert answer.status_code == 409
    assert "there are 2 won and 1 lost" in answer.text
    assert not TrainingRun.objects.exists()


def test_an_admin_starts_a_training(visitor, settings):
    settings.MIN_LABELS_PER_CLASS = 2
    factories.labelled(2, 2)
    answer = visitor.post(reverse("mltraining:runs"))
    assert answer.url == reverse("mltraining:run", args=[TrainingRun.objects.get().pk])


def test_a_rep_sees_runs_but_cannot_start_one(client, rep):
    client.force_login(rep)
    assert "Start a training" not in client.get(reverse("mltraining:runs")).text
    assert client.post(reverse("mltraining:runs")).status_code == 403
    assert not TrainingRun.objects.exists()


def test_a_running_run_shows_progress_and_asks_again(visitor):
    why = "All layers are fine-tuned in 65 steps, by the size of the data."
    run = running(expected_end=timezone.now() + timedelta(minutes=10), counts={"won": 50}, pace={"work": {"why": why}})
    RunLogLine.objects.create(run=run, stage="fine-tune", text="step 20 of 65 <b>")
    text = visitor.get(reverse("mltraining:run", args=[run.pk])).text
    assert "Running, 50" in text
    assert "10\u202fmin left" in text
    assert why in text
    assert "step 20 of 65 &lt;b&gt;" in text
    assert reverse("mltraining:run_progress", args=[run.pk]) in text


def test_before_its_first_steps_a_run_does_not_guess_its_time(visitor):
    assert "unknown until the first steps" in visitor.get(reverse("mltraining:run", args=[running().pk])).text


def test_the_page_tells_how_long_a_training_would_take_and_what_it_would_tune(visitor, settings):
    settings.MIN_LABELS_PER_CLASS = 2
    factories.labelled(2, 2)
    text = visitor.get(reverse("mltraining:runs")).text
    assert "About 1 minute on cpu: nothing was trained here yet" in text
    assert "The encoder stays as it is." in text


def test_the_progress_is_a_fragment_while_it_runs_and_a_fresh_page_when_it_ends(visitor):
    run = running()
    address = reverse("mltraining:run_progress", args=[run.pk])
    assert "<html" not in visitor.get(address, headers=HTMX).text
    TrainingRun.objects.filter(pk=run.pk).update(state="succeeded")
    assert visitor.get(address, headers=HTMX).headers["HX-Refresh"] == "true"


def test_a_failed_run_shows_its_error_and_asks_no_more(visitor):
    run = running(state="failed", error="The GPU ran out of memory.\nTraceback")
    text = visitor.get(reverse("mltraining:run", args=[run.pk])).text
    assert 'role="alert">The GPU ran out of memory.</div>' in text
    assert "<pre>Traceback</pre></details>" in text
    assert reverse("mltraining:run_progress", args=[run.pk]) not in text


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_of_runs_costs_the_same_for_any_number(visitor, admin, count, django_assert_max_num_queries):
    for _ in range(count):
        running(state="failed", requested_by=admin)
    with django_assert_max_num_queries(7):
        visitor.get(reverse("mltraining:runs"))
