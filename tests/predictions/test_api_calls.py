"""Listing and reading calls."""

from datetime import timedelta

import pytest

from predictions.models import Insight
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.predictions import watching

CALLS = f"{API}calls/"


@pytest.fixture
def api(rep):
    return client_of(rep)


def listed(api, **query) -> list[str]:
    response = api.get(CALLS, query)
    assert response.status_code == 200, response.content
    return [call["external_id"] for call in response.json()["results"]]


@pytest.fixture
def three(rep, team):
    """Calls an hour apart, `a` the oldest: A, without a score, D."""
    made = {}
    for hours, (name, probability) in enumerate({"a": 0.9, "b": None, "c": 0.1}.items()):
        started_at = factories.NOW + timedelta(hours=hours)
        made[name] = factories.call(external_id=name, rep=rep, team=team, started_at=started_at)
        if probability is not None:
            band = "A" if probability > 0.5 else "D"
            watching.prediction(made[name], probability, band=band)
    return made


def test_the_list_shows_the_score_beside_the_call(api, three):
    row = api.get(CALLS, {"band": "A"}).json()["results"][0]
    assert row["conversion_probability"] == 0.9
    assert (row["band"], row["model_version"]) == ("A", watching.active().pk)
    assert (row["rep"], row["team"], row["outcome"]) == ("rita", "North", None)


@pytest.mark.parametrize(
    ("ordering", "names"),
    [
        ("", "cba"),
        ("started_at", "abc"),
        ("-started_at", "cba"),
        ("probability", "cab"),
        ("-probability", "acb"),
        ("created_at", "abc"),
        ("-created_at", "cba"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 50])
def test_pages_follow_the_ordering_and_calls_without_a_score_come_last(api, three, ordering, names, size):
    found, url = "", f"{CALLS}?page_size={size}&ordering={ordering}"
    while url:
        page = api.get(url).json()
        found += "".join(call["external_id"] for call in page["results"])
        url = page["next"]
    assert found == names


def test_one_can_go_back_a_page(api, three):
    first = api.get(CALLS, {"page_size": 2}).json()
    second = api.get(first["next"]).json()
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_a_call_that_comes_in_meanwhile_shifts_no_page(api, three, rep):
    first = api.get(CALLS, {"page_size": 2}).json()
    factories.call(external_id="newer", rep=rep, started_at=factories.NOW + timedelta(days=1))
    assert [call["external_id"] for call in api.get(first["next"]).json()["results"]] == ["a"]


FILTERS = [
    ({"band": "A"}, "a"),
    ({"band": ["A", "D"]}, "ca"),
    ({"min_probability": 0.5}, "a"),
    ({"max_probability": 0.5}, "c"),
    ({"state": "ready"}, "cba"),
    ({"state": "rejected"}, ""),
    ({"label_state": "unlabelled"}, "cba"),
    ({"outcome": "won"}, ""),
    ({"rep": "rita"}, "cba"),
    ({"rep": "sam"}, ""),
    ({"team": "North"}, "cba"),
    ({"external_id": "b"}, "b"),
    ({"source": "test", "external_id": "b"}, "b"),
    ({"deal": "none"}, ""),
    ({"customer": "none"}, ""),
    ({"segment": "none"}, ""),
    ({"started_after": "2026-03-02T10:00:00Z"}, "cb"),
    ({"started_before": "2026-03-02T10:00:00Z"}, "a"),
    ({"q": "budget quarter"}, "cba"),
    ({"q": "unheard"}, ""),
]


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_the_list_is_filtered(api, three, query, names):
    assert "".join(listed(api, **query)) == names


@pytest.mark.parametrize(
    "query",
    [
        {"state": "gone"},
        {"band": "Z"},
        {"outcome": "maybe"},
        {"min_probability": "NaN"},
        {"max_probability": "1e999999"},
        {"started_after": "soon"},
        {"started_before": "0001-01-01T00:00:00+14:00"},
        {"ordering": "customer"},
        {"ordering": "-probability,started_at"},
        {"cursor": "nonsense"},
        {"cursor": "-started_at~nonsense"},
        {"page_size": "0"},
        {"page_size": "²"},
        {"page_size": "9" * 50},
        {"q": "a\0b"},
    ],
)
def test_a_parameter_that_cannot_be_is_named(api, three, query):
    assert set(assert_error(api.get(CALLS, query), 400)["fields"]) == set(query)


def test_a_cursor_of_another_ordering_is_refused(api, three):
    url = api.get(CALLS, {"page_size": 1, "ordering": "probability"}).json()["next"]
    error = assert_error(api.get(url.replace("ordering=probability", "ordering=created_at")), 400)
    assert "cursor" in error["fields"]


def test_what_one_may_not_see_does_not_exist(three, stranger):
    theirs = client_of(stranger)
    assert listed(theirs) == []
    for path in ("", "predictions/", "similar/", "labels/"):
        assert_error(theirs.get(f"{CALLS}{three['a'].pk}/{path}"), 404, "not_found")
    assert_error(theirs.post(f"{CALLS}{three['a'].pk}/labels/", {"outcome": "won"}), 404, "not_found")


def test_a_manager_sees_the_calls_of_the_team(manager, three):
    assert len(listed(client_of(manager))) == 3


def test_the_list_asks_the_database_a_fixed_number_of_times(api, three, rep, django_assert_num_queries):
    for _ in range(5):
        watching.prediction(factories.call(rep=rep, customer=factories.customer()), 0.4, band="C")
    with django_assert_num_queries(2):  # token, calls
        api.get(CALLS)


def insight(call, said: str, latency_ms: float = 0) -> Insight:
    return Insight.objects.create(
        call=call, kind="sales_analysis", prompt_version="1", input_hash=said, model="extractive",
        content={"summary": said}, latency_ms=latency_ms,
    )  # fmt: skip


def test_a_call_is_read_with_its_turns_and_its_score(api, three):
    insight(three["a"], "They have a budget.")
    call = api.get(f"{CALLS}{three['a'].pk}/").json()
    assert len(call["turns"]) == 4
    assert call["turns"][1]["role"] == "customer"
    assert call["prediction"]["conversion_probability"] == call["conversion_probability"] == 0.9
    assert call["prediction"]["insights"] == {"summary": "They have a budget."}


def test_a_call_without_a_score_says_so(api, three):
    call = api.get(f"{CALLS}{three['b'].pk}/").json()
    assert call["prediction"] is call["conversion_probability"] is call["band"] is None


def test_the_active_versions_score_is_the_one_shown(api, three):
    watching.prediction(three["a"], 0.2, version=watching.version(state="candidate"), band="D")
    call = api.get(f"{CALLS}{three['a'].pk}/").json()
    assert call["conversion_probability"] == 0.9
    assert len(api.get(f"{CALLS}{three['a'].pk}/predictions/").json()) == 2


def test_predictions_come_newest_first_and_are_empty_before_the_first(api, three):
    later = watching.prediction(three["a"], 0.7, band="B")
    found = api.get(f"{CALLS}{three['a'].pk}/predictions/").json()
    assert [each["conversion_probability"] for each in found] == [0.7, 0.9]
    assert found[0]["model_version"] == later.version.pk
    assert api.get(f"{CALLS}{three['b'].pk}/predictions/").json() == []


def test_each_score_has_the_insight_that_was_made_from_it(api, three):
    insight(three["a"], "first")
    watching.prediction(three["a"], 0.5)
    watching.prediction(three["a"], 0.7)
    insight(three["a"], "third")
    insight(three["a"], "first, thought about for an hour", latency_ms=3_600_000)
    found = api.get(f"{CALLS}{three['a'].pk}/predictions/").json()
    assert [each["insights"] for each in found] == [{"summary": "third"}, None, {"summary": "first"}]


def test_too_little_evidence_is_given_as_the_reason(api, three):
    watching.prediction(three["b"], None, reason="not_enough_evidence")
    [found] = api.get(f"{CALLS}{three['b'].pk}/predictions/").json()
    assert found["conversion_probability"] is found["band"] is None
    assert found["reason"] == "not_enough_evidence"


def test_similar_calls_are_won_and_lost_ones_that_one_may_see(api, rep, stranger):
    vector = [1.0] + [0.0] * 383
    calls = {
        name: factories.call(external_id=name, rep=owner, outcome=outcome)
        for name, owner, outcome in [
            ("own", rep, ""), ("won", rep, "won"), ("lost", rep, "lost"), ("hidden", stranger, "won"),
        ]
    }  # fmt: skip
    for call in calls.values():
        watching.embedding(call, vector)
        watching.embedding(call, vector, window=0)
    found = api.get(f"{CALLS}{calls['own'].pk}/similar/").json()
    assert [each["external_id"] for each in found["won"]] == ["won"]
    assert [each["external_id"] for each in found["lost"]] == ["lost"]
    assert found["won"][0]["passage"]["text"] == factories.TURNS[0][1]


def test_a_call_without_vectors_has_no_similar_ones(api, three):
    assert api.get(f"{CALLS}{three['b'].pk}/similar/").json() == {"won": [], "lost": []}


@pytest.mark.parametrize("number", ["0", "999999999999999999", "9" * 40, "abc", "²", "-1", "1.5"])
def test_a_number_that_no_call_has_is_not_found(api, number):
    assert_error(api.get(f"{CALLS}{number}/"), 404, "not_found")
