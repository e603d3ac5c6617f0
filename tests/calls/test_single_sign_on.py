"""People come by the company's OpenID Connect provider, from the button on the login page to the list of calls."""

import html
import re

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from calls.models import User
from tests import factories, oidc_provider

RITA = {"sub": "4711", "email": "Rita@Example.com", "email_verified": True, "name": "Rita Roth"}


@pytest.fixture(scope="module")
def running():
    with oidc_provider.running() as provider:
        yield provider


@pytest.fixture
def provider(running, settings):
    app = {"provider_id": "company", "name": "Example", "client_id": oidc_provider.CLIENT}
    app |= {"secret": oidc_provider.SECRET, "settings": {"server_url": running.url}}
    mine = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"] | {"APPS": [app]}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": mine}
    running.person, running.audience = dict(RITA), oidc_provider.CLIENT
    return running


@pytest.fixture
def rita(rep):
    rep.email = "rita@example.com"
    rep.save()
    return rep


def came_by(client: Client):
    """The whole way: the button, the provider, and the answer to what it sends back."""
    page = client.post(reverse("openid_connect_login", args=["company"]))
    to = html.unescape(re.search(r'url=([^"]+)"', page.text)[1])
    back = httpx.get(to, follow_redirects=False).headers["Location"]
    return client.get(back.removeprefix("http://testserver"))


def who(client: Client) -> str:
    return str(client.get(reverse("mfa_index")).context["user"])


def test_the_login_page_offers_it_by_name_if_it_is_set(client, db, settings, provider):
    assert "Go on with Example" in client.get(reverse("account_login")).text
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "Go on with" not in client.get(reverse("account_login")).text


def test_the_verified_address_leads_to_the_account_that_has_it(client, provider, rita):
    assert came_by(client).url == reverse("predictions:calls")
    assert who(client) == "rita"
    assert rita.has_usable_password()


def test_after_the_first_time_the_provider_knows_the_account_whatever_the_address(client, provider, rita):
    came_by(client)
    provider.person["email"] = "rita.roth@example.com"
    came_by(second := Client())
    assert who(second) == "rita"


@pytest.mark.parametrize("said", [False, "false", None])
def test_an_address_that_is_not_verified_leads_nowhere(client, provider, rita, said):
    provider.person["email_verified"] = said
    assert "no account" in came_by(client).text
    assert User.objects.count() == 1


def test_an_address_of_two_accounts_is_of_neither(client, provider, rita):
    factories.user("rita2", email="rita@example.com")
    assert "several have" in came_by(client).text


def test_nobody_becomes_a_service_account(client, provider, db):
    factories.user("crm", email="rita@example.com", role=User.Role.INTEGRATION)
    assert "There is no account" in came_by(client).text


def test_whoever_has_no_account_gets_none(client, provider, db):
    assert "There is no account" in came_by(client).text
    assert not User.objects.exists()


def test_people_of_domains_that_are_named_become_reps_without_a_password(client, provider, db, settings):
    settings.OIDC_NEW_REPS_FROM = ["example.com"]
    assert came_by(client).url == reverse("predictions:calls")
    [new] = User.objects.all()
    assert (new.role, new.email, new.first_name, new.is_staff) == ("rep", "rita@example.com", "Rita", False)
    assert not new.has_usable_password()


@pytest.mark.parametrize("email", ["rita@example.com.evil.org", "rita@evil.org", "example.com"])
def test_other_domains_are_turned_away(client, provider, db, settings, email):
    settings.OIDC_NEW_REPS_FROM = ["example.com"]
    provider.person["email"] = email
    assert "There is no account" in came_by(client).text


def test_a_closed_account_stays_closed(client, provider, rita, settings):
    settings.OIDC_NEW_REPS_FROM = ["example.com"]
    came_by(client)
    User.objects.update(is_active=False)
    assert came_by(Client()).url == reverse("account_inactive")
    provider.person["sub"] = "4712"
    assert "There is no account" in came_by(Client()).text


def test_a_second_factor_is_asked_for_here_too(client, provider, rita):
    from tests.calls.test_second_factor import with_app

    with_app(rita)
    assert came_by(client).url == reverse("mfa_authenticate")


def test_whoever_stops_on_the_way_is_told(client, provider, db):
    provider.person = None
    assert came_by(client).url == reverse("socialaccount_login_cancelled")


def test_a_token_for_another_client_is_refused(client, provider, rita):
    provider.audience = "somebody else"
    assert "did not work" in came_by(client).text


def test_an_answer_that_nobody_asked_for_is_refused(client, provider, rita):
    answer = client.get(reverse("openid_connect_callback", args=["company"]), {"code": "x", "state": "y"})
    assert "did not work" in answer.text


def test_it_is_no_way_to_connect_accounts(client, provider, rita):
    client.force_login(rita, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("openid_connect_login", args=["company"]) + "?process=connect").status_code == 400
