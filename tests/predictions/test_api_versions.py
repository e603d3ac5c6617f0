"""Model versions by the API."""

import pytest

from mltraining.models import ModelVersion
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.predictions import watching

VERSIONS = f"{API}model-versions/"


@pytest.fixture
def api(admin):
    return client_of(admin)


def test_versions_are_listed_newest_first(rep):
    older, newer = watching.version(), watching.version(state="candidate")
    rows = client_of(rep).get(VERSIONS).json()["results"]
    assert [(row["id"], row["state"]) for row in rows] == [(newer.pk, "candidate"), (older.pk, "active")]


def test_the_list_asks_the_database_a_fixed_number_of_times(api, django_assert_num_queries):
    for _ in range(4):
        watching.version(state="candidate")
    with django_assert_num_queries(2):  # token, versions
        api.get(VERSIONS)


def test_a_version_shows_its_report(rep):
    version = watching.version(report={"rows": [{"name": "fine_tuned", "auc": 0.9}]})
    found = client_of(rep).get(f"{VERSIONS}{version.pk}/").json()
    assert found["report"]["rows"][0]["auc"] == 0.9
    assert found["promotions"] == []


def test_a_version_that_learned_from_a_call_erased_since_is_flagged(rep):
    version = watching.version(call_ids=[(call := factories.call(outcome="won")).pk])
    assert client_of(rep).get(f"{VERSIONS}{version.pk}/").json()["flags"] == []
    call.delete()
    [flag] = client_of(rep).get(f"{VERSIONS}{version.pk}/").json()["flags"]
    assert flag["code"] == "trained_with_erased_calls"
    assert "Train anew" in flag["hint"]


def test_promoting_starts_a_job_that_can_be_followed(api):
    version = watching.version(state="candidate")
    response = api.post(f"{VERSIONS}{version.pk}/promote/")
    assert response.status_code == 202
    assert (response.json()["action"], response.json()["requested_by"]) == ("promote", "ada")
    assert api.get(f"{VERSIONS}{version.pk}/").json()["promotions"][0]["id"] == response.json()["id"]


def test_a_version_that_is_not_ready_needs_a_reason(api):
    version = watching.version(state="candidate", verdict=ModelVersion.Verdict.NOT_READY)
    path = f"{VERSIONS}{version.pk}/promote/"
    for body in ({}, {"override": " "}, {"override": None}):
        assert_error(api.post(path, body), 409, "not_ready")
    assert_error(api.post(path, {"override": ["x"]}), 400, "invalid")
    response = api.post(path, {"override": "the pilot needs one"})
    assert response.status_code == 202
    assert response.json()["override"] == "the pilot needs one"


def test_the_active_version_can_be_neither_promoted_nor_retired(api):
    version = watching.version()
    assert_error(api.post(f"{VERSIONS}{version.pk}/promote/"), 409, "already_active")
    assert_error(api.post(f"{VERSIONS}{version.pk}/retire/"), 409, "is_active")


def test_without_an_earlier_version_nothing_can_be_reverted(api):
    version = watching.version()
    assert_error(api.post(f"{VERSIONS}{version.pk}/revert/"), 409, "nothing_to_revert_to")


def test_a_candidate_can_be_retired(api):
    version = watching.version(state="candidate")
    assert api.post(f"{VERSIONS}{version.pk}/retire/").status_code == 200
    version.refresh_from_db()
    assert version.state == "retired"


@pytest.mark.parametrize("action", ["promote", "revert", "retire", "preview"])
def test_only_admins_change_what_serves(rep, manager, action):
    version = watching.version(state="candidate")
    for person in (rep, manager):
        assert_error(client_of(person).post(f"{VERSIONS}{version.pk}/{action}/"), 403, "permission_denied")


@pytest.fixture
def candidate(db) -> ModelVersion:
    watching.version()
    return watching.version(state="candidate")


def test_a_preview_is_asked_for_and_followed(api, candidate):
    path = f"{VERSIONS}{candidate.pk}/preview/"
    assert_error(api.get(path), 404, "not_found")
    response = api.post(path)
    assert (response.status_code, response.json()["state"]) == (202, "asked")
    assert api.get(path).json()["is_under_way"]


def test_a_preview_tells_counts_by_band_and_the_largest_moves(api, candidate):
    call = factories.call()
    watching.preview(candidate, (call, 0.6, 0.9), (factories.call(), 0.6, None))
    found = api.get(f"{VERSIONS}{candidate.pk}/preview/").json()
    assert found["bands"] == [{"before": "B", "after": None, "calls": 1}, {"before": "B", "after": "A", "calls": 1}]
    [mover] = found["movers"]
    assert (mover["id"], mover["after"]) == (call.pk, {"conversion_probability": 0.9, "band": "A"})
    assert (found["calls"], found["changing"], found["is_outdated"]) == (2, 2, False)


def test_a_preview_tells_nobody_of_calls_that_are_not_theirs_to_see(rep, candidate):
    watching.preview(candidate, (factories.call(), 0.6, 0.9))
    found = client_of(rep).get(f"{VERSIONS}{candidate.pk}/preview/").json()
    assert (found["calls"], found["bands"], found["movers"]) == (0, [], [])


def test_the_active_version_has_no_preview(api):
    assert_error(api.post(f"{VERSIONS}{watching.version().pk}/preview/"), 409, "not_a_candidate")
