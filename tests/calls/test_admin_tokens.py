"""API tokens in the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from calls.models import Token, User
from calls.tokens import Scope
from tests import factories
from tests.api_client import API

LIST, ADD = reverse("admin:calls_token_changelist"), reverse("admin:calls_token_add")


@pytest.fixture
def desk(client, admin):
    client.force_login(admin)
    return client


def form(user: User, **fields):
    given = {"user": user.pk, "name": "transfer", "scopes": [Scope.VIEW_CALL], "expires_at_0": "2099-01-01"}
    return given | {"expires_at_1": "00:00:00"} | fields


def issued(desk, user: User) -> str:
    page = desk.post(ADD, form(user))
    assert "no-store" in page["Cache-Control"]
    return page.content.decode().split("<code>")[1].split("</code>")[0]


def test_a_token_is_shown_once_and_works(desk, rep, admin):
    secret = issued(desk, rep)
    assert Token.objects.get().created_by == admin
    headers = {"Authorization": f"Token {secret}"}
    assert desk.get(f"{API}calls/", headers=headers).status_code == 200
    page = desk.get(reverse("admin:calls_token_change", args=[Token.objects.get().pk])).content.decode()
    assert Scope.VIEW_CALL in page
    assert "transfer" in desk.get(LIST).content.decode()
    for address in (LIST, reverse("admin:calls_token_change", args=[Token.objects.get().pk])):
        assert secret not in desk.get(address).content.decode()
    assert secret not in str(desk.cookies)


def test_tokens_are_revoked_from_the_list(desk, rep):
    issued(desk, rep)
    token = Token.objects.get()
    asked = {"action": "revoke", "_selected_action": [token.pk]}
    assert str(token) in desk.post(LIST, asked).text.replace("&#x27;", "'")
    assert Token.objects.usable(timezone.now()).exists()
    desk.post(LIST, asked | {"sure": "yes"})
    assert "revoked" in desk.get(LIST).content.decode()
    assert not Token.objects.usable(timezone.now()).exists()
    history = desk.get(reverse("admin:calls_token_history", args=[token.pk])).content.decode()
    assert "revoked at" in history


@pytest.mark.parametrize(
    "wrong", [{"scopes": []}, {"scopes": ["everything"]}, {"expires_at_0": "2001-01-01"}, {"name": ""}]
)
def test_what_cannot_be_issued_is_refused(desk, rep, wrong):
    assert desk.post(ADD, form(rep, **wrong)).status_code == 200
    assert not Token.objects.exists()


def test_no_token_is_issued_of_an_account_that_is_closed(desk, rep):
    rep.is_active = False
    rep.save()
    assert "not active" in desk.post(ADD, form(rep)).content.decode()
    assert not Token.objects.exists()


def test_staff_who_see_less_than_all_issue_and_revoke_no_token(client, admin):
    clerk = factories.user(is_staff=True, role=User.Role.MANAGER)
    clerk.user_permissions.set(Permission.objects.filter(content_type__model="token"))
    client.force_login(clerk)
    assert client.post(ADD, form(admin)).status_code == 403
    Token.issue(admin, "a test", scopes=[Scope.VIEW_CALL])
    client.post(LIST, {"action": "revoke", "_selected_action": [Token.objects.get().pk], "sure": "yes"})
    assert Token.objects.usable(timezone.now()).exists()


def test_every_field_of_a_new_token_can_be_seen(desk):
    fields = desk.get(ADD).context["adminform"].form.fields
    assert isinstance(fields["name"].widget, UnfoldAdminTextInputWidget)
    assert "admin-autocomplete" in desk.get(ADD).text
