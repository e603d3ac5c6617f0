"""A second factor: how it is added, asked for, required, and taken away."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from calls.models import User

PASSWORD = "correct horse battery"
ADD, INDEX, CALLS = (reverse(name) for name in ("mfa_activate_totp", "mfa_index", "predictions:calls"))


def code_of(secret: str) -> str:
    """What an app shows now."""
    return format_hotp_value(hotp_value(secret, list(counters())[len(list(counters())) // 2]))


def with_app(user: User) -> str:
    """Gives a person an app; its secret."""
    TOTP.activate(user, secret := generate_totp_secret())
    return secret


def logged_in(username: str) -> tuple[Client, str]:
    """A browser after the right password, and where it is led."""
    client = Client()
    return client, client.post(reverse("account_login"), {"login": username, "password": PASSWORD}).url


def test_an_app_is_added_after_the_password_was_said_once_more(client, rep):
    client, _ = logged_in("rita")
    page = client.get(ADD, follow=True)
    assert "Is it you?" in page.text
    page = client.post(page.redirect_chain[-1][0], {"password": PASSWORD, "next": ADD}, follow=True)
    secret = re.search(r'class="mono">(\w+)<', page.text)[1]
    page = client.post(ADD, {"code": code_of(secret)}, follow=True)
    assert "10 of 10 are left" in page.text
    assert logged_in("rita")[1] == reverse("mfa_authenticate")


def test_a_password_alone_opens_nothing_then(rep):
    with_app(rep)
    client, to = logged_in("rita")
    assert to == reverse("mfa_authenticate")
    assert client.get(CALLS).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 302


def test_the_code_of_the_app_opens_the_account(rep):
    secret = with_app(rep)
    client, to = logged_in("rita")
    assert "Incorrect code" in client.post(to, {"code": "000"}).text
    assert client.post(to, {"code": code_of(secret)}).url == CALLS
    assert client.get(CALLS).status_code == 200


def test_a_code_works_once(rep):
    secret = with_app(rep)
    first, to = logged_in("rita")
    second, _ = logged_in("rita")
    code = code_of(secret)  # last, as it holds for half a minute and a login takes its time
    assert first.post(to, {"code": code}).status_code == 302
    assert second.post(to, {"code": code}).status_code == 200


def test_a_recovery_code_stands_in_for_the_app_once(rep):
    with_app(rep)
    code = RecoveryCodes.activate(rep).get_unused_codes()[0]
    client, to = logged_in("rita")
    assert client.post(to, {"code": code}).url == CALLS
    again, to = logged_in("rita")
    assert again.post(to, {"code": code}).status_code == 200


def test_codes_cannot_be_tried_for_ever(rep, empty_cache):
    secret = with_app(rep)
    client, to = logged_in("rita")
    for _ in range(5):
        assert "Incorrect code" in client.post(to, {"code": "000000"}).text
    assert "Too many" in client.post(to, {"code": code_of(secret)}).text


def test_secrets_are_encrypted_in_the_database(rep):
    secret = with_app(rep)
    RecoveryCodes.activate(rep)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert "gAAAA" in kept


def test_after_a_change_of_the_key_no_code_passes(rep, settings):
    secret = with_app(rep)
    settings.SECRET_KEY = "another key than the one that the secret was encrypted with"
    client, to = logged_in("rita")
    assert client.post(to, {"code": code_of(secret)}).status_code == 403
    assert client.get(CALLS).status_code == 302


@pytest.mark.parametrize("role", ["admin", "manager"])
def test_roles_that_must_have_one_get_nowhere_without(client, rep, admin, manager, settings, role):
    settings.MFA_REQUIRED_FOR = [role]
    person = {"admin": admin, "manager": manager}[role]
    client.force_login(person)
    for address in (CALLS, reverse("admin:index"), reverse("predictions:models")):
        assert client.get(address).url == INDEX
    answer = client.get("/api/v1/calls/")
    assert (answer.status_code, answer.json()["error"]["message"]) == (403, "Your account needs a second factor.")
    assert reverse("mfa_index") in answer.json()["error"]["hint"]
    assert "needs a second factor" in client.get(INDEX).text
    with_app(person)
    assert client.get(CALLS).status_code == 200


def test_other_roles_do_without(client, rep, settings):
    settings.MFA_REQUIRED_FOR = ["admin", "manager"]
    client.force_login(rep)
    assert client.get(CALLS).status_code == 200


def test_the_last_factor_of_whoever_must_have_one_stays(client, manager, settings):
    settings.MFA_REQUIRED_FOR = ["manager"]
    secret = with_app(manager)
    client, to = logged_in("mona")
    client.post(to, {"code": code_of(secret)})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert "cannot deactivate" in client.post(reverse("mfa_deactivate_totp")).text
    assert Authenticator.objects.exists()


def test_an_admin_takes_away_those_of_a_lost_phone_and_it_is_written_down(client, admin, rep):
    with_app(rep)
    client.force_login(admin)
    listed = reverse("admin:calls_user_changelist")
    data = {"action": "take_away_factors", "_selected_action": [rep.pk]}
    assert "gone for good" in client.post(listed, data).text
    assert Authenticator.objects.exists()
    assert "Taken away from: rita." in client.post(listed, data | {"sure": "yes"}, follow=True).text
    assert "Second factors taken away" in LogEntry.objects.get(object_id=rep.pk).get_change_message()
    assert logged_in("rita")[1] == CALLS


def test_those_of_others_are_out_of_reach(client, rep, stranger):
    key = Authenticator.objects.create(user=stranger, type=Authenticator.Type.WEBAUTHN, data={"name": "blue"})
    client, _ = logged_in("rita")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post(reverse("mfa_remove_webauthn", args=[key.pk])).status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()
