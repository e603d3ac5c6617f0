"""Bulk scoring pauses while a turn of a running call is heard."""

import pytest
import redis

from predictions import tasks
from predictions.live import arriving, going_first, happenings, hearing, waking
from tests import factories
from tests.predictions.live.lines import WON, heard, sent


@pytest.fixture(autouse=True)
def nobody_is_heard(monkeypatch):
    waking.client().delete(going_first.KEY)
    monkeypatch.setattr(going_first.Asking, "since", 0.0)
    yield
    waking.client().delete(going_first.KEY)


def is_heard() -> bool:
    return bool(waking.client().exists(going_first.KEY))


@pytest.fixture
def naps(monkeypatch) -> list[float]:
    """Those that bulk scoring takes; over the second the turn has been heard."""
    taken: list[float] = []

    def nap(seconds: float) -> None:
        taken.append(seconds)
        if len(taken) == 2:
            waking.client().delete(going_first.KEY)

    monkeypatch.setattr(going_first, "sleep", nap)
    return taken


def test_bulk_scoring_goes_on_once_the_turn_was_heard(active, naps):
    call = factories.call(WON)
    waking.client().set(going_first.KEY, "")
    tasks.score_call.apply((call.pk,))
    assert len(naps) == 2
    assert call.predictions.exists()


def test_without_a_running_call_nobody_pauses(active, naps):
    tasks.score_call.apply((factories.call(WON).pk,))
    assert naps == []


def test_bulk_scoring_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(going_first, "LONGEST_PAUSE", 0.02)
    waking.client().set(going_first.KEY, "")
    assert going_first.pause() >= 0.02
    assert is_heard()


def test_it_is_known_that_a_turn_is_heard_as_long_as_it_is(live, active, monkeypatch):
    seen, tell = [], happenings.tell
    monkeypatch.setattr(happenings, "tell", lambda *args: (seen.append(is_heard()), tell(*args)))
    heard(live, WON)
    assert seen == [True]
    assert not is_heard()


def test_it_is_forgotten_also_where_hearing_breaks_off(live, active, monkeypatch):
    arriving.append(live, sent(WON))
    monkeypatch.setattr(happenings, "tell", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        hearing.hear(live.pk)
    assert not is_heard()


def test_while_redis_is_away_turns_are_heard_and_calls_scored_and_it_is_not_asked_each_time(live, active, monkeypatch):
    asked = []

    def away():
        asked.append(1)
        raise redis.ConnectionError

    monkeypatch.setattr(going_first, "client", away)
    assert heard(live, WON).heard == len(WON)
    asked.clear()
    call = factories.call([*WON] * 100)
    tasks.score_call.apply((call.pk,))
    assert (call.predictions.exists(), len(asked)) == (True, 1)
