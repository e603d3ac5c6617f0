"""Without Postgres nothing is accepted, and whoever asks is told to come again; nobody has to start anything anew."""

from collections.abc import Callable

import httpx
import pytest

from tests.api_client import API
from tests.faults import stores
from tests.faults.crew import blocked, soon
from tests.faults.orders import posted, scored, scores, uploaded

pytestmark = [pytest.mark.faults, pytest.mark.long]

REFUSING = [
    ("Postgres out of connections", stores.no_connection_left),
    ("Postgres only reads", stores.read_only),
    ("A lock held in Postgres", lambda: blocked("calls_call")),
]
EACH = [pytest.param(break_it, marks=pytest.mark.fault(name), id=name) for name, break_it in REFUSING]


def assert_told_to_come_again(answer) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"]["code"] == "unavailable"
    assert int(answer.headers["Retry-After"]) > 0


def taken(hand_in: Callable[[], httpx.Response]) -> int:
    """The call's id, as soon as it is accepted: whoever was told to come again does so."""
    answers = []
    soon(lambda: answers.append(hand_in()) or answers[-1].status_code != 503)
    return answers[-1].json()["id"]


@pytest.mark.parametrize("break_it", EACH)
def test_whoever_asks_meanwhile_is_told_to_come_again_and_then_served(crew, active, web, trial, break_it):
    crew.start()
    crew.beat()
    before = posted(web, 0).json()["id"]
    soon(lambda: scored([before]))
    with break_it():
        for _ in range(3):
            assert_told_to_come_again(posted(web, 1))
            assert_told_to_come_again(uploaded(web, 2))
    trial.strikes()
    ids = [before, taken(lambda: posted(web, 1)), taken(lambda: uploaded(web, 2))]
    soon(lambda: scored(ids))
    trial.settle(ids, scores())


@pytest.mark.fault("Postgres restarted at once, in the middle of work")
def test_a_restart_loses_nothing_that_was_accepted(crew, active, web, trial):
    crew.start()
    crew.beat()
    before = posted(web, 0).json()["id"]
    soon(lambda: scored([before]))
    ids = [uploaded(web, number).json()["id"] for number in range(1, 9)]
    stores.postgres_restarts_at_once()
    trial.strikes()
    ids += [before, taken(lambda: posted(web, 9))]
    soon(lambda: scored(ids))
    trial.settle(ids, scores())


def test_a_page_says_so_too(crew, web):
    with stores.no_connection_left():
        answer = web.get("/login/", headers={"Cookie": "sessionid=somebody"})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "Not available at this moment" in answer.text
    soon(lambda: web.get(f"{API}calls/").status_code == 200)
