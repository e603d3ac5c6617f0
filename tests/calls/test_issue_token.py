from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.models import Token
from calls.tokens import Scope
from tests.api_client import API


def printed(capsys, *arguments) -> str:
    call_command("issue_token", *arguments)
    [line] = capsys.readouterr().out.splitlines()
    return line


def status(client, secret: str) -> int:
    return client.get(f"{API}calls/", headers={"Authorization": f"Token {secret}"}).status_code


def test_only_the_token_is_printed_and_it_works(client, rep, capsys):
    assert status(client, printed(capsys, "rita")) == 200


def test_it_may_do_what_is_named_for_as_long_as_is_named(rep, capsys):
    printed(capsys, "rita", "--name", "nightly transfer", "--scope", Scope.ADD_CALL, "--days", "30")
    token = Token.objects.get()
    assert (token.name, token.scopes) == ("nightly transfer", [Scope.ADD_CALL])
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)


def test_a_new_token_replaces_those_of_its_name_alone(client, rep, capsys):
    first, other = printed(capsys, "rita"), printed(capsys, "rita", "--name", "other")
    second = printed(capsys, "rita", "--replace")
    assert [status(client, each) for each in (first, other, second)] == [401, 200, 200]


@pytest.mark.parametrize("arguments", [["nobody"], ["closed"], ["rita", "--days", "0"]])
def test_it_refuses_people_who_are_unknown_or_inactive_and_tokens_without_a_day(rep, arguments):
    from tests import factories

    factories.user("closed", is_active=False)
    with pytest.raises(CommandError):
        call_command("issue_token", *arguments)
