"""API tokens: only their hashes are kept; they end, are revoked, tell when they were used, and do what they may."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from calls.models import Token
from calls.tokens import Scope
from tests.api_client import API, assert_error, client_of, posted_call

CALLS = f"{API}calls/"


def used(client, secret: str):
    return client.get(CALLS, headers={"Authorization": f"Token {secret}"})


@pytest.fixture
def secret(rep) -> str:
    return Token.issue(rep, "a test", scopes=Scope.values)


def test_the_database_never_holds_the_token_itself(rep, secret):
    [row] = Token.objects.values_list()
    assert secret not in map(str, row)
    assert secret.startswith(Token.objects.get().start)


def test_a_token_speaks_for_its_user_until_it_ends(client, secret):
    assert used(client, secret).status_code == 200
    Token.objects.update(expires_at=timezone.now())
    assert "expired" in assert_error(used(client, secret), 401, "authentication_failed")["message"]


def test_a_revoked_token_ends_at_once_and_for_good(client, secret):
    first = timezone.now()
    assert Token.objects.all().revoke(first) == 1
    assert Token.objects.all().revoke(first + timedelta(days=1)) == 0
    assert Token.objects.get().revoked_at == first
    assert "revoked" in assert_error(used(client, secret), 401, "authentication_failed")["message"]


def test_a_token_of_an_account_that_was_closed_is_refused(client, rep, secret):
    rep.is_active = False
    rep.save()
    assert "not active" in assert_error(used(client, secret), 401, "authentication_failed")["message"]


def test_its_last_use_is_known_to_the_minute_for_one_write_a_minute(client, secret, django_assert_num_queries):
    before = timezone.now()
    used(client, secret)
    first = Token.objects.get().last_used_at
    assert first >= before
    used(client, secret)
    assert Token.objects.get().last_used_at == first
    earlier = first - timedelta(minutes=2)
    Token.objects.update(last_used_at=earlier)
    used(client, secret)
    assert Token.objects.get().last_used_at > earlier


def test_a_token_without_any_scope_cannot_be_made(rep):
    with pytest.raises(IntegrityError, match="good_for_something"):
        Token.issue(rep, "a test", scopes=[])


def test_a_token_does_what_its_scopes_name_and_nothing_else(rep):
    writer = client_of(rep, [Scope.ADD_CALL])
    call = writer.post(CALLS, posted_call()).json()["status_url"]
    error = assert_error(writer.get(call), 403, "missing_scope")
    assert "calls.view_call" in error["message"]
    reader = client_of(rep, [Scope.VIEW_CALL, Scope.VIEW_LABEL])
    assert reader.get(call).json()["external_id"] == "call-1"
    assert reader.get(f"{call}labels/").json() == []
    assert_error(reader.get(f"{call}predictions/"), 403, "missing_scope")
    assert_error(reader.post(f"{call}labels/", {"outcome": "won"}), 403, "missing_scope")
    assert_error(reader.post(CALLS, posted_call()), 403, "missing_scope")


def test_scopes_open_nothing_that_the_role_does_not(rep, stranger):
    client_of(rep).post(CALLS, posted_call())
    assert client_of(stranger).get(CALLS).json()["results"] == []
    assert_error(client_of(rep).post(f"{API}training-runs/"), 403, "permission_denied")


def test_a_session_has_the_rights_of_its_person(client, rep):
    client.force_login(rep)
    assert client.get(CALLS).status_code == 200


def test_plain_tokens_of_before_go_on_by_their_hashes(client, rep):
    old = "0123456789abcdef0123456789abcdef01234567"
    with connection.cursor() as cursor:
        cursor.execute("create table authtoken_token (key varchar(40), created timestamptz, user_id bigint)")
        cursor.execute("insert into authtoken_token values (%s, now(), %s)", [old, rep.pk])
    with connection.schema_editor() as editor:
        import_module("calls.migrations.0005_tokens_of_before_are_hashed").keep_by_hash(None, editor)
    assert used(client, old).status_code == 200
    assert "authtoken_token" not in connection.introspection.table_names()
    came_later = {
        *(Scope.VIEW_WEBHOOK, Scope.CHANGE_WEBHOOK, Scope.ADD_INSIGHT),
        *(Scope.DELETE_CUSTOMER, Scope.EXPORT_CUSTOMER),
    }
    assert {*Scope.values} - {*Token.objects.get().scopes} == came_later
