"""Wrong passwords lock one account from one address, for a while."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from calls.lock_out import address_of
from tests.factories import NOW

RIGHT, WRONG = "correct horse battery", "wrong"
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def three_are_too_many(settings):
    settings.AXES_FAILURE_LIMIT = 3


def tried(username: str, password: str, *, address: str = HERE, login: str = "account_login"):
    return Client(REMOTE_ADDR=address).post(reverse(login), {"login": username, "password": password})


def lock(username: str, *, login: str = "account_login") -> None:
    for expected in (200, 200, 429):
        assert tried(username, WRONG, login=login).status_code == expected


def test_who_is_locked_out_is_told_how_long_even_with_the_right_password(rep):
    lock("rita")
    answer = tried("rita", RIGHT)
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "locked for you for 15 minutes" in answer.content.decode()


def test_from_elsewhere_and_as_others_one_gets_in(rep, stranger):
    lock("rita")
    assert tried("rita", RIGHT, address=ELSEWHERE).status_code == 302
    assert tried("sam", RIGHT).status_code == 302


def test_the_admin_has_no_login_of_its_own(admin):
    """Else passwords could be tried there, and a second factor be walked around."""
    answer = tried("ada", RIGHT, login="admin:login")
    assert answer.url.startswith(reverse("account_login"))
    assert "sessionid" not in answer.cookies


def test_who_is_asked_once_more_for_the_password_is_counted_too(client, rep):
    client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
    for expected in (200, 200, 429):
        assert client.post(reverse("account_reauthenticate"), {"password": WRONG}).status_code == expected


def test_an_address_that_tries_one_account_after_the_other_has_to_wait(settings, empty_cache, rep, stranger):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    for username, expected in (("rita", 200), ("sam", 200), ("nobody", 429)):
        answer = tried(username, WRONG)
        assert answer.status_code == expected
    assert "wait for a minute" in answer.text


def test_the_right_password_forgets_the_wrong_ones(rep):
    for password in (WRONG, WRONG, RIGHT, WRONG, WRONG):
        answer = tried("rita", password)
        assert answer.status_code == (302 if password == RIGHT else 200)


def test_the_lock_ends_by_itself_however_often_one_tries(rep):
    with time_machine.travel(NOW, tick=False) as clock:
        lock("rita")
        clock.shift(14 * 60)
        assert tried("rita", RIGHT).status_code == 429
        clock.shift(2 * 60)
        assert tried("rita", RIGHT).status_code == 302


def test_an_admin_frees_an_account(client, admin, rep):
    lock("rita")
    client.force_login(admin)
    page = client.post(
        reverse("admin:calls_user_changelist"), {"action": "free", "_selected_action": [rep.pk]}, follow=True
    )
    assert "Freed: rita." in page.content.decode()
    assert tried("rita", RIGHT).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "192.0.2.1", HERE),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "192.0.2.66, 192.0.2.1", "192.0.2.1"),
        (2, "192.0.2.66, 192.0.2.1, 192.0.2.2", "192.0.2.1"),
        (1, "nonsense", None),
    ],
)
def test_only_what_trusted_proxies_say_is_the_address(settings, rf, proxies, forwarded, address):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}
    assert address_of(rf.get("/", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=forwarded)) == address
