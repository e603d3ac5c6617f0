"""Every address is asked by everybody, and the table says what each is answered."""

from collections.abc import Iterable, Iterator

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.urls import reverse

from calls.tokens import Scope
from tests.access import who, world
from tests.access.addresses import addresses
from tests.access.admin_table import ADMIN_ROWS
from tests.access.table import GET, POST, ROWS, Row

pytestmark = pytest.mark.django_db  # so that there is a database; `cast` opens it for the whole file
every_row = pytest.mark.parametrize("row", ROWS, ids=str)


def address_of(row: Row, names) -> str:
    return reverse(row.name, kwargs=names[row.at] if row.at else None) + (f"?{row.query}" if row.query else "")


def asked(client, method: str, address: str) -> HttpResponseBase:
    """The answer; whatever the request changed is undone."""
    with transaction.atomic():
        response = client.generic(method, address)
        response.told = b"".join(response) if response.streaming else response.content
        transaction.set_rollback(True)
    return response


def clients(row: Row, cast) -> Iterator[tuple[str, object, int]]:
    """Name, client and expected status of everybody who asks."""
    for name in who.NAMES:
        client = who.with_token(cast[name]) if row.is_api else who.in_a_browser(cast[name])
        yield name, client, getattr(row.who, name) or row.status
    nobody = row.nobody or (401 if row.is_api else 302)
    yield "anonymous", who.in_a_browser(None), nobody
    yield "expired token", who.with_token(cast["integration"], is_expired=True), 401 if row.reads_tokens else nobody
    if row.is_api:
        for scope in Scope.values:
            allowed = scope == row.scope
            status = (row.who.integration or row.status) if allowed else 403
            yield f"integration with {scope}", who.with_token(cast["integration"], [scope]), status


@every_row
def test_everybody_is_answered_what_the_table_says(row, cast, names):
    wrong = []
    for name, client, expected in clients(row, cast):
        response = asked(client, row.method, address_of(row, names))
        if response.status_code != expected:
            wrong.append(f"{name}: {response.status_code} instead of {expected}")
        if name in (*who.OUTSIDERS, "anonymous", "expired token") and world.SECRET.encode() in response.told:
            wrong.append(f"{name} reads what only the team of the call may read")
    assert wrong == [], str(row)


def test_no_address_lacks_a_row():
    known = {row.name for row in (*ROWS, *ADMIN_ROWS)}
    missing = {name for name, route in addresses() if not is_of_the_admin_itself(route) and name not in known}
    said = [f"{name}: add `{asked_for(name)}`" for name in sorted(missing)]
    assert said == []


def asked_for(name: str) -> str:
    """What a new row looks like."""
    if name.startswith("admin:"):
        return (
            'Desk("app_model", "key in world.py")` to DESKS or `AdminRow(…)` to OTHERS of tests/access/admin_table.py'
        )
    return f'Row("{name}", GET, SIGNED_IN)` for each method to ROWS of tests/access/table.py; who.py has the readers'


def is_of_the_admin_itself(route: str) -> bool:
    """Its login and logout, and what only leads on to another address of its own."""
    return route.startswith("admin/") and route.endswith(("(?P<url>.*)$", "<path:object_id>/", "login/", "logout/"))


def methods_of(rows: Iterable[Row]) -> dict[str, tuple[str, set[str]]]:
    """By the name: an address's object in world.py, and the methods that have a row."""
    found: dict[str, tuple[str, set[str]]] = {}
    for row in rows:
        found.setdefault(row.name, (row.at, set()))[1].add(row.method)
    return found


def test_a_method_without_a_row_is_not_allowed(cast, names):
    wrong = []
    for name, (at, methods) in methods_of(ROWS).items():
        is_api = name.startswith("api:")
        client = who.with_token(cast["admin"]) if is_api else who.in_a_browser(cast["admin"])
        for method in {GET, POST, *(("PUT", "PATCH", "DELETE") if is_api else ())} - methods:
            response = asked(client, method, reverse(name, kwargs=names[at] if at else None))
            if response.status_code != 405:
                wrong.append(f'{response.status_code}: add Row("{name}", "{method}", …) to tests/access/table.py')
    assert wrong == []


def test_no_page_takes_a_form_that_is_not_its_own(cast, names):
    taken = []
    for row in ROWS:
        if row.method == POST and not row.is_api:
            client = who.in_a_browser(cast["admin"], checks_csrf=True)
            if asked(client, POST, address_of(row, names)).status_code != 403:
                taken.append(str(row))
    assert taken == []


TELLING = {
    "predictions:calls": "",
    "predictions:meaning": "?q=the+budget",
    "api:call-list": "",
    "api:search": "?q=the+budget",
    "api:customer-list": "",
}


@pytest.mark.parametrize(("name", "query"), TELLING.items())
def test_the_secret_is_there_to_be_found(cast, names, name, query):
    """Else the table's search for it would prove nothing."""
    client = who.with_token(cast["manager"]) if name.startswith("api:") else who.in_a_browser(cast["manager"])
    assert world.SECRET.encode() in asked(client, GET, reverse(name) + query).told
