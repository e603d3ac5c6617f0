"""What people and programs wrote is shown as text on every page, the admin's too: markup gains nobody anything."""

import pytest
from django.urls import reverse

from tests.access import marked, who
from tests.access.admin_table import ADMIN_ROWS
from tests.access.table import GET, ROWS
from tests.access.test_table import address_of, asked

pytestmark = pytest.mark.django_db
PAGES = [row for row in ROWS if row.method == GET and not row.is_api]
ADMIN_PAGES = [row for row in ADMIN_ROWS if row.method == GET]
READERS = ("rep", "manager", "admin")


@pytest.fixture(scope="module")
def told(cast, names) -> dict[str, list[bytes]]:
    """By the page: what each reader gets of it, after everything was marked."""
    marked.mark_everything()
    found: dict[str, list[bytes]] = {}
    for row in PAGES:
        found[str(row)] = [html_of(cast[name], address_of(row, names)) for name in READERS]
    for row in ADMIN_PAGES:
        named = names[row.at] if row.at else {}
        kwargs = {"object_id": named["pk"]} if "pk" in named else named
        address = reverse(row.name, kwargs=kwargs) + (f"?{row.query}" if row.query else "")
        found[str(row)] = [html_of(cast["admin"], address)]
    return found


def html_of(user, address: str) -> bytes:
    """Nothing of what is no page: a browser runs no script in JSON or in a table to download."""
    response = asked(who.in_a_browser(user), GET, address)
    assert response.status_code < 500, address
    return response.told if response.headers.get("Content-Type", "").startswith("text/html") else b""


def test_no_page_holds_markup_that_somebody_wrote(told):
    raw = marked.MARK.encode()
    assert [page for page, answers in told.items() if any(raw in answer for answer in answers)] == []


def test_the_marks_are_there_to_be_found(told):
    """Else the test above would prove nothing."""
    escaped = marked.ESCAPED.encode()
    showing = {page for page, answers in told.items() if any(escaped in answer for answer in answers)}
    expected = {"GET predictions:calls", "GET predictions:call call", "GET predictions:customer customer"}
    assert expected | {"GET admin:calls_call_change", "GET admin:calls_customer_changelist"} <= showing
    assert len(showing) > 30
