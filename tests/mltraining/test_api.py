"""Training runs by the API."""

import pytest

from mltraining.models import RunLogLine, TrainingRun
from tests import factories
from tests.api_client import API, assert_error, client_of

RUNS = f"{API}training-runs/"


@pytest.fixture
def enough(settings, rep):
    settings.MIN_LABELS_PER_CLASS = 1
    for outcome in ("won", "lost"):
        factories.call(rep=rep, outcome=outcome)


def test_a_run_is_started_with_its_own_configuration(admin, enough):
    response = client_of(admin).post(RUNS, {"config": {"seed": 7}})
    assert response.status_code == 202
    assert response.json()["state"] == "queued"
    found = client_of(admin).get(f"{RUNS}{response.json()['id']}/").json()
    assert found["config"]["seed"] == 7
    assert found["counts"] == {"won": 1, "lost": 1}


def test_too_few_labels_are_a_conflict_with_the_counts(admin, rep):
    factories.call(rep=rep, outcome="won")
    error = assert_error(client_of(admin).post(RUNS), 409, "not_enough_labels")
    assert error["fields"] | {"won": 1, "lost": 0} == error["fields"]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"sede": 7}, {"loss": "none"}, {"seed": "x"}, {"seed": None}, {"seed": 1.5}, {"steps": -1}),
        *({"learning_rate": 1e308}, {"window_tokens": 0}, {"encoder": "./nowhere"}, {"encoder": "x" * 5000}),
        *({"encoder": "~nobody/x"}, {"encoder": ""}),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_by_the_field(admin, enough, wrong):
    response = client_of(admin).post(RUNS, {"config": {"tune": "none", **wrong}})
    assert set(assert_error(response, 400, "bad_configuration")["fields"]) == set(wrong)
    assert not TrainingRun.objects.exists()


def test_only_admins_start_a_training(rep, manager, enough):
    for person in (rep, manager):
        assert_error(client_of(person).post(RUNS), 403, "permission_denied")


def test_a_run_shows_its_progress_and_log(rep):
    run = TrainingRun.objects.create(state="running", stage="fine-tune", progress=0.4, lease_until=factories.NOW)
    RunLogLine.objects.create(run=run, stage="fine-tune", text="step 3 of 40")
    found = client_of(rep).get(f"{RUNS}{run.pk}/").json()
    assert (found["stage"], found["progress"]) == ("fine-tune", 0.4)
    assert [line["text"] for line in found["log"]] == ["step 3 of 40"]
    assert found["model_version"] is None


def test_the_list_asks_the_database_a_fixed_number_of_times(admin, django_assert_num_queries):
    for _ in range(4):
        TrainingRun.objects.create(state="failed", requested_by=admin)
    api = client_of(admin)
    with django_assert_num_queries(2):  # token, runs with people and versions
        assert len(api.get(RUNS).json()["results"]) == 4
