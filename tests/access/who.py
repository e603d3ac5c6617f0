"""Who asks: people of two teams, accounts of programs, and what each kind of reader is answered."""

from dataclasses import dataclass, fields
from datetime import timedelta

from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from calls.models import Token, User
from calls.tokens import Scope
from tests import factories

OK = 0  # what the row says


@dataclass(frozen=True)
class Readers:
    """What each account is answered: OK, or the status of its refusal."""

    rep: int  # whose call it is
    rep_elsewhere: int
    manager: int  # of the call's team
    manager_elsewhere: int
    admin: int
    integration: int  # a service account of the call's team


NAMES = tuple(field.name for field in fields(Readers))
OUTSIDERS = ("rep_elsewhere", "manager_elsewhere")  # who may see nothing of the North team's

#                     rep  elsewhere manager elsewhere admin integration
SIGNED_IN = Readers(OK, OK, OK, OK, OK, OK)
OF_THE_CALL = Readers(OK, 404, OK, 404, OK, OK)
ELSEWHERE = Readers(404, OK, 404, OK, OK, 404)
OWNER = Readers(OK, 404, 404, 404, 404, 404)
OWNER_AND_ADMIN = Readers(OK, 404, 404, 404, OK, 404)
AUTHOR = Readers(OK, 404, 403, 404, 403, 403)
PEOPLE_OF_THE_CALL = Readers(OK, 404, OK, 404, OK, 403)
LEADERS = Readers(403, 403, OK, OK, OK, 403)
LEADERS_OF_THE_TEAM = Readers(403, 403, OK, 404, OK, 403)
EDITORS = Readers(403, 404, OK, 404, OK, 403)
OWNING_WEBHOOK = Readers(404, 404, 404, 404, OK, OK)
KEEPERS = Readers(403, 403, 403, 403, OK, OK)
ADMINS = Readers(403, 403, 403, 403, OK, 403)


def cast() -> dict[str, User]:
    """One account for each column; the team of those elsewhere is South."""
    north, south, role = factories.team("North"), factories.team("South"), User.Role
    return {
        "rep": factories.user("rita", role=role.REP, team=north),
        "rep_elsewhere": factories.user("sam", role=role.REP, team=south),
        "manager": factories.user("mona", role=role.MANAGER, teams=[north]),
        "manager_elsewhere": factories.user("mark", role=role.MANAGER, teams=[south]),
        "admin": factories.user("ada", role=role.ADMIN, is_staff=True, is_superuser=True),
        "integration": factories.user("crm", role=role.INTEGRATION, teams=[north]),
    }


def in_a_browser(user: User | None, *, checks_csrf: bool = False) -> Client:
    client = Client(raise_request_exception=False, enforce_csrf_checks=checks_csrf)
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def with_token(user: User, scopes: list[str] = Scope.values, *, is_expired: bool = False) -> APIClient:
    client = APIClient(raise_request_exception=False)
    secret = Token.issue(user, "a test", scopes=scopes)
    if is_expired:
        user.tokens.update(expires_at=timezone.now() - timedelta(seconds=1))
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client
