"""axe-core, which knows what assistive technology trips over, finds nothing serious on any page, light or dark."""

from collections.abc import Iterable, Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from calls.models import User
from tests.access import who, world
from tests.access.admin_table import ADMIN_ROWS, AdminRow
from tests.access.table import GET, ROWS
from tests.browser.conftest import WIDE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("scheme", ["light", "dark"])]
GRAVE = ("serious", "critical")
# One page of each kind that the admin has; most lists and forms differ in their columns and fields only.
KINDS = {
    "lists": ("calls_call", "calls_customer", "predictions_band", "predictions_riskrule", "calls_erasure"),
    "forms": ("calls_call", "calls_user", "calls_team", "predictions_tracker", "mltraining_modelversion"),
    "other": (
        "predictions_tracker_add", "predictions_tracker_history", "predictions_tracker_delete", "calls_token_add",
        "calls_customer_erase", "calls_label_import", "calls_label_export", "calls_call_queue", "calls_call_agreement",
        "index", "app_list", "password_change",
    ),
}  # fmt: skip
OF_THE_ADMIN = {
    *(f"admin:{model}_changelist" for model in KINDS["lists"]),
    *(f"admin:{model}_change" for model in KINDS["forms"]),
    *(f"admin:{name}" for name in KINDS["other"]),
}
ELSEWHERE = ("api:", "schema", "docs", "metrics")  # no pages of ours


@pytest.fixture
def visit(page: Page, context: BrowserContext, live_server, quiet):
    """A page that somebody opens without the form of the login."""

    def logged_in(user: User | None, scheme: str) -> Page:
        context.clear_cookies()
        if user:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        return page

    return logged_in


@pytest.fixture
def cast(transactional_db) -> dict[str, User]:
    return who.cast()


@pytest.fixture
def names(cast):
    return world.names_in_addresses(cast)


def faults(page: Page, urls: Iterable[str], until: Literal["load", "networkidle"] = "networkidle") -> Iterator[str]:
    for url in urls:
        page.goto(url, wait_until=until)
        for found in Axe().run(page).response["violations"]:
            if found["impact"] in GRAVE:
                first = found["nodes"][0]
                said = f"{len(found['nodes'])} such, first {first['target']} {first['html'][:200]} {first['any'][:1]}"
                yield f"{url}: {found['id']} ({found['help']}): {said}"


def pages(context: BrowserContext, urls: Iterable[str]) -> Iterator[str]:
    """Those that answer with a whole page of HTML: no part of one, no file."""
    for url in urls:
        answer = context.request.get(url)
        if answer.ok and "text/html" in answer.headers["content-type"] and "<html" in answer.text():
            yield url


def test_pages_that_are_full_have_no_grave_fault(visit, context, admin, addresses, live_server, scheme):
    page = visit(admin, scheme)
    assert "\n".join(faults(page, [live_server.url + address for address in addresses])) == ""


def test_no_address_has_a_page_with_a_grave_fault(visit, context, cast, names, live_server, scheme):
    wrong = []
    for reader in ("admin", "rep"):
        page = visit(cast[reader], scheme)
        rows = [row for row in ROWS if row.method == GET and not row.name.startswith(ELSEWHERE)]
        mine = [row for row in rows if (row.who.admin == who.OK) == (reader == "admin")]
        addresses = [reverse(row.name, kwargs=names[row.at] if row.at else None) for row in mine]
        found = list(pages(context, [live_server.url + address for address in addresses]))
        assert found
        wrong += faults(page, found)
    assert "\n".join(wrong) == ""


def test_no_kind_of_page_of_the_admin_has_a_grave_fault(visit, context, cast, names, live_server, scheme):
    page = visit(cast["admin"], scheme)
    rows = [row for row in ADMIN_ROWS if row.method == GET and row.name in OF_THE_ADMIN]
    assert {row.name for row in rows} == OF_THE_ADMIN
    addresses = [live_server.url + address_in_the_admin(row, names) for row in rows]
    assert "\n".join(faults(page, addresses, "load")) == ""


def address_in_the_admin(row: AdminRow, names) -> str:
    named = names[row.at] if row.at else {}
    kwargs = {"object_id": named["pk"]} if "pk" in named else named
    return reverse(row.name, kwargs=kwargs) + (f"?{row.query}" if row.query else "")
