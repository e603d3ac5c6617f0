"""The rate of requests: counted for each token, and told to whoever asks too much."""

import pytest
import time_machine

from calls.api_rate import RatePerToken
from tests.api_client import API, assert_error, client_of
from tests.at_once import at_once

CALLS = f"{API}calls/"
NOON = "2026-03-02T12:00:15Z"


@pytest.fixture(autouse=True)
def three_a_minute(monkeypatch, empty_cache):
    monkeypatch.setattr(RatePerToken, "THROTTLE_RATES", {"token": "3/min"})


def test_whoever_asks_too_much_is_told_when_to_come_again(rep):
    api = client_of(rep)
    with time_machine.travel(NOON, tick=False) as clock:
        assert [api.get(CALLS).status_code for _ in range(3)] == [200] * 3
        refused = api.get(CALLS)
        assert_error(refused, 429, "throttled")
        assert refused["Retry-After"] == "45"
        clock.shift(44)
        assert api.get(CALLS).status_code == 429
        clock.shift(1)
        assert api.get(CALLS).status_code == 200


def test_each_token_has_a_rate_of_its_own(rep):
    with time_machine.travel(NOON, tick=False):
        busy, other = client_of(rep), client_of(rep)
        assert [busy.get(CALLS).status_code for _ in range(4)][-1] == 429
        assert other.get(CALLS).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_are_all_counted(rep):
    api = client_of(rep)
    with time_machine.travel(NOON, tick=False):
        statuses = at_once(8, lambda: api.get(CALLS).status_code)
    assert sorted(statuses) == [200] * 3 + [429] * 5


@pytest.mark.parametrize(("proxies", "last"), [(0, 429), (1, 200)])
def test_an_address_is_believed_of_as_many_proxies_as_are_trusted(client, db, settings, proxies, last):
    """Whoever has no token is known by the address: what they claim of themselves stands left of what a proxy adds."""
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}
    with time_machine.travel(NOON, tick=False):
        for number in range(4):
            claimed = f"198.51.100.7, 203.0.113.{number}"
            response = client.get("/api/schema/", headers={"X-Forwarded-For": claimed})
    assert response.status_code == last
