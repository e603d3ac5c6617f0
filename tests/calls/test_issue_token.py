import pytest
from django.core.management import CommandError, call_command

from tests.api_client import API, client_of


def printed(capsys, *arguments) -> str:
    call_command("issue_token", *arguments)
    return capsys.readouterr().out


def test_only_the_token_is_printed_and_it_works(client, rep, capsys):
    token = printed(capsys, "rita")
    assert len(token.splitlines()) == 1
    assert client.get(f"{API}calls/", headers={"Authorization": f"Token {token.strip()}"}).status_code == 200


def test_asked_again_it_prints_the_same_token(rep, capsys):
    assert printed(capsys, "rita") == printed(capsys, "rita")


def test_a_new_token_ends_the_old_one(rep, capsys):
    api = client_of(rep)
    printed(capsys, "rita", "--replace")
    assert api.get(f"{API}calls/").status_code == 401


@pytest.mark.parametrize("is_known", [True, False])
def test_it_refuses_people_who_are_unknown_or_inactive(rep, is_known):
    rep.is_active = False
    rep.save()
    with pytest.raises(CommandError):
        call_command("issue_token", "rita" if is_known else "nobody")
