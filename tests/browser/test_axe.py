"""axe-core, which knows what assistive technology trips over, finds nothing serious on any page, light or dark."""

from collections.abc import Iterable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from calls.models import User
from tests.access import who, world
from tests.access.table import GET, ROWS
from tests.browser.conftest import WIDE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("scheme", ["light", "dark"])]
GRAVE = ("serious", "critical")
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


def faults(page: Page, urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        page.goto(url, wait_until="networkidle")
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
