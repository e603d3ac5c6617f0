"""The history of scores: what was said when, and a feed that misses nothing and repeats nothing."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from predictions.models import Prediction
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.predictions.watching import prediction, version

SCORES = f"{API}scores/"


@pytest.fixture
def api(rep):
    return client_of(rep)


@pytest.fixture
def call(rep, team):
    return factories.call(rep=rep, team=team, deal="d-1")


def dated(score: Prediction, days_ago: float) -> Prediction:
    """Made then; a row is never overwritten, so it is made again."""
    score.delete()
    score.pk, score.created_at = None, timezone.now() - timedelta(days=days_ago)
    score.save(force_insert=True)
    return score


def followed(api, **asked) -> list[int]:
    """Numbers of all scores there are now, page by page."""
    answer = api.get(SCORES, asked).json()
    found = [each["id"] for each in answer["results"]]
    while answer["has_more"]:
        answer = api.get(answer["next"]).json()
        found += [each["id"] for each in answer["results"]]
    return found


def test_a_call_tells_what_was_said_of_it_at_a_time(api, call):
    old, new = (dated(prediction(call, p), days) for p, days in ((0.2, 10), (0.7, 2)))
    address = f"{API}calls/{call.pk}/predictions/"
    assert [each["id"] for each in api.get(address).json()] == [new.pk, old.pk]
    for days, found in ((1, [new.pk, old.pk]), (5, [old.pk]), (20, [])):
        moment = (timezone.now() - timedelta(days=days)).isoformat()
        assert [each["id"] for each in api.get(address, {"as_of": moment}).json()] == found
    assert "as_of" in assert_error(api.get(address, {"as_of": "yesterday"}), 400)["fields"]


def test_a_score_comes_with_its_call_and_the_score_before(api, call):
    first = prediction(call, 0.2, band="D")
    prediction(factories.call(), 0.5, band="B")
    prediction(call, 0.3, band="D", is_partial=True)
    second = prediction(call, 0.9, band="A", version=version("candidate"))
    one, two = api.get(SCORES).json()["results"]
    assert (one["id"], one["before"], one["band_crossed"]) == (first.pk, None, False)
    assert (two["id"], two["conversion_probability"], two["band"]) == (second.pk, 0.9, "A")
    assert two["call"] == {"id": call.pk, "source": "test", "external_id": call.external_id, "deal": "d-1"}
    assert (two["before"]["id"], two["before"]["band"], two["band_crossed"]) == (first.pk, "D", True)
    assert two["before"]["model_version"] == first.version_id != two["model_version"]


def test_scores_whose_band_is_another_one_can_be_asked_for(api, call):
    bands = ["B", "B", "A", "", "", "A"]
    scores = [prediction(call, 0.5 if band else None, band=band).pk for band in bands]
    assert followed(api, band_crossed="true") == [scores[2], scores[3], scores[5]]
    assert followed(api, band_crossed="false") == [scores[0], scores[1], scores[4]]
    assert followed(api) == scores


def test_scores_from_a_time_on_can_be_asked_for(api, call):
    _, new = (dated(prediction(call), days) for days in (10, 2))
    assert followed(api, changed_since=(timezone.now() - timedelta(days=5)).isoformat()) == [new.pk]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"changed_since": "yesterday"}, "changed_since"),
        ({"changed_since": "0001-01-01T00:00:00Z"}, "changed_since"),
        ({"band_crossed": "perhaps"}, "band_crossed"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"page_size": "0"}, "page_size"),
    ],
)
def test_what_cannot_be_asked_is_refused(api, asked, field):
    assert field in assert_error(api.get(SCORES, asked), 400, "invalid")["fields"]


def test_one_sees_the_scores_of_the_calls_that_one_sees(api, call, stranger):
    prediction(call)
    assert len(followed(api)) == 1
    assert followed(client_of(stranger)) == []


def test_the_way_goes_on_after_the_last_score(api, call):
    empty = api.get(SCORES, {"page_size": 1}).json()
    assert (empty["results"], empty["has_more"]) == ([], False)
    scores = [prediction(call).pk for _ in range(3)]
    assert followed(api, page_size=1) == scores
    last = api.get(api.get(SCORES).json()["next"]).json()
    assert (last["results"], last["has_more"]) == ([], False)
    later = prediction(call).pk
    assert [each["id"] for each in api.get(last["next"]).json()["results"]] == [later]
    assert [each["id"] for each in api.get(empty["next"]).json()["results"]] == scores[:1]


def test_a_page_costs_the_same_however_many_scores_it_has(api, call, django_assert_num_queries):
    for _ in range(5):
        prediction(call)
    with django_assert_num_queries(3):  # token, scores with calls, the scores before
        api.get(SCORES)


def in_thread(threads, work):
    def alone():
        try:
            return work()
        finally:
            connections.close_all()

    return threads.submit(alone)


def slowly_written(call, active, written: threading.Event, go: threading.Event) -> int:
    with transaction.atomic():
        number = prediction(call, version=active).pk
        written.set()
        assert go.wait(30)
    return number


@pytest.mark.django_db(transaction=True)
def test_a_score_that_is_committed_late_is_still_before_those_that_came_after(api, call, admin):
    active, written, go = version(), threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as threads:
        first = in_thread(threads, lambda: slowly_written(call, active, written, go))
        assert written.wait(30)
        second = in_thread(threads, lambda: prediction(call, version=active).pk)
        time.sleep(0.5)
        seen = api.get(SCORES).json()
        assert (seen["results"], second.done()) == ([], False)
        go.set()
        numbers = [first.result(), second.result()]
    assert numbers == sorted(numbers)
    assert [each["id"] for each in api.get(seen["next"]).json()["results"]] == numbers


class TakenBack(Exception):
    """A transaction that ends for nothing."""


def write(calls, active, seed: int, count: int) -> None:
    """Scores in transactions of all lengths, some of them rolled back."""
    chance = random.Random(seed)
    for _ in range(count):
        with suppress(TakenBack), transaction.atomic():
            for _ in range(chance.randint(1, 3)):
                prediction(chance.choice(calls), version=active)
            time.sleep(chance.random() * 0.05)
            if chance.random() < 0.2:
                raise TakenBack


@pytest.mark.django_db(transaction=True)
def test_whoever_follows_misses_nothing_and_repeats_nothing_while_scores_are_written(api, rep, team):
    calls, active = [factories.call(rep=rep, team=team) for _ in range(3)], version()
    found, link = [], f"{SCORES}?page_size=200"  # so that it is always at the newest
    with ThreadPoolExecutor(4) as threads:
        writers = [in_thread(threads, lambda seed=seed: write(calls, active, seed, 25)) for seed in range(4)]
        while True:
            is_over = all(writer.done() for writer in writers)
            answer = api.get(link).json()
            found += [each["id"] for each in answer["results"]]
            link = answer["next"]
            if is_over and not answer["has_more"]:
                break
        for writer in writers:
            writer.result()
    assert found == list(Prediction.objects.order_by("pk").values_list("pk", flat=True))
    assert len(found) > 50
