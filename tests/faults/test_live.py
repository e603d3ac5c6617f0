"""A running call goes on where its worker was killed, or Redis was away."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from predictions.live.models import LiveCall
from tests.api_client import API
from tests.faults import stores
from tests.faults.crew import PATIENCE, blocked, soon
from tests.predictions.live.lines import opened, sent
from tests.small_models import LOST, WON

pytestmark = pytest.mark.faults
SAID = WON + LOST


def say(web: httpx.Client, live: LiveCall, *numbers: int) -> None:
    for number in numbers:
        web.post(f"{API}live/{live.pk}/turns/", json={"turns": sent([SAID[number]], number)}).raise_for_status()


def told(live: LiveCall) -> list[int]:
    """The turns in the scores that were told, once for each time."""
    scores = live.events.filter(kind="score").values_list("content", flat=True)
    return [moved["turn"] for score in scores for moved in score["moved_by"]]


@pytest.fixture
def live(crew, active, web, rep) -> LiveCall:
    live = opened(rep)
    crew.start("live")
    say(web, live, 0)
    soon(lambda: told(live))
    return live


@pytest.fixture
def killed(live, crew, web) -> None:
    """The worker, over the second turn, which is in no event."""
    with blocked("predictions_liveevent") as waiting:
        say(web, live, 1)
        soon(waiting)
        crew.kill()
    assert told(live) == [0]


@pytest.mark.fault("A worker killed while a call runs")
@pytest.mark.usefixtures("killed")
def test_turns_that_arrive_after_their_worker_was_killed_are_heard_once(live, crew, web, trial):
    say(web, live, *range(2, len(SAID)))
    crew.start("live")
    soon(lambda: len(told(live)) >= len(SAID))
    trial.settle(range(len(SAID)), told(live))


@pytest.mark.fault("A worker killed while a call runs")
@pytest.mark.usefixtures("killed")
def test_a_turn_over_which_the_worker_was_killed_is_heard_although_nothing_more_is_said(live, crew, trial):
    crew.beat()
    crew.start("live", "default")
    soon(lambda: len(told(live)) >= 2)
    trial.settle([0, 1], told(live))


@pytest.fixture
def followed(live, web) -> Iterator[list[int]]:
    """The numbers of the events, as they come to somebody who follows the call from its beginning."""
    came: list[int] = []

    def follow(lines: Iterator[str]) -> None:
        came.extend(int(line.removeprefix("id: ")) for line in lines if line.startswith("id: "))

    with web.stream("GET", f"{API}live/{live.pk}/events/") as answer:
        follower = threading.Thread(target=follow, args=[answer.iter_lines()], daemon=True)
        follower.start()
        soon(lambda: came)
        yield came
        web.post(f"{API}live/{live.pk}/finish/").raise_for_status()
        follower.join(PATIENCE)


@pytest.mark.parametrize("with_data", [True, False], ids=["with its data", "without its data"])
@pytest.mark.fault("Redis killed and restarted while a call runs")
def test_a_call_goes_on_over_a_restart_of_redis(live, crew, web, trial, followed, with_data):
    crew.beat()
    crew.start("default")
    with stores.killed(with_data=with_data):
        say(web, live, 1, 2)
    trial.strikes()
    soon(lambda: len(told(live)) >= 3)
    say(web, live, *range(3, len(SAID)))
    soon(lambda: len(told(live)) >= len(SAID))
    trial.settle(range(len(SAID)), told(live))
    soon(lambda: len(followed) == live.events.count())
    assert followed == list(range(1, len(followed) + 1))
