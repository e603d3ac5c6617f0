"""However many rows there are, every page, every list of the admin and of the API asks the database as often."""

import re
from collections import Counter

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.access import who
from tests.access.admin_table import ADMIN_ROWS, AdminRow
from tests.access.doubled import double, tables
from tests.access.table import GET, ROWS, Row

pytestmark = pytest.mark.django_db
READ = [row for row in (*ROWS, *ADMIN_ROWS) if row.method == GET]
VALUES = re.compile(r"'[^']*'|\d+")
MANY = 3  # times twice as many


def address_of(row: Row | AdminRow, names) -> str:
    named = names[row.at] if row.at else {}
    kwargs = {"object_id": named["pk"]} if "pk" in named and row.name.startswith("admin:") else named
    return reverse(row.name, kwargs=kwargs) + (f"?{row.query}" if row.query else "")


def queries(client, address: str) -> list[str]:
    """What is asked; a change is undone."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address)
            b"".join(response) if response.streaming else None
        transaction.set_rollback(True)
    return [query["sql"] for query in asked.captured_queries]


def reader(row: Row | AdminRow, cast):
    """The admin, or the rep where a thing is the rep's own."""
    if isinstance(row, AdminRow):
        return who.in_a_browser(cast["admin"])
    person = cast["admin" if row.who.admin == who.OK else "rep"]
    return who.with_token(person) if row.is_api else who.in_a_browser(person)


@pytest.fixture(scope="module")
def of_few(cast, names) -> dict[Row | AdminRow, list[str]]:
    """What is asked where there are two of each; the second time, as some things are looked up once for good."""
    double()
    found = {}
    for row in READ:
        address, client = address_of(row, names), reader(row, cast)
        queries(client, address)
        found[row] = queries(client, address)
    for _ in range(MANY):
        double()
    return found


def test_there_are_more_rows_of_whatever_there_were_some(of_few):
    """Else the counts of queries would prove nothing."""
    few = {table._meta.label: number for table in tables() if 0 < (number := table._base_manager.count()) < 2**MANY}
    assert few == {}


@pytest.mark.parametrize("row", READ, ids=lambda row: f"{row}{row.query}")
def test_more_rows_take_no_more_queries(row, cast, names, of_few):
    asked = queries(reader(row, cast), address_of(row, names))
    assert len(asked) <= len(of_few[row]), more(asked, of_few[row])


def form(query: str) -> str:
    """Without the values in it."""
    return VALUES.sub("?", query)[:300]


def more(asked: list[str], before: list[str]) -> str:
    """The beginnings of queries of which there are more."""
    counts = Counter(map(form, asked)) - Counter(map(form, before))
    return "\n".join(f"{number} more: {query}" for query, number in counts.most_common(5))
