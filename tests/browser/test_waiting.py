"""Whoever waits for the server sees and hears it: for a part of a page, after sending a form, and in the admin."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def held(page: Page) -> Iterator[Callable[[str, str], list[Route]]]:
    """Requests of a kind wait until the test lets them go; nothing moves, so that the bar has one look."""
    page.emulate_media(reduced_motion="reduce")
    waiting: list[Route] = []

    def hold(method: str, address: str) -> list[Route]:
        def keep(route: Route) -> None:
            waiting.append(route) if route.request.method == method else route.continue_()

        page.route(re.compile(address), keep)
        return waiting

    yield hold
    page.unroute_all(behavior="ignoreErrors")


def let_go(waiting: list[Route]) -> None:
    while waiting:
        waiting.pop().continue_()


def test_a_part_that_is_asked_for_is_waited_for_in_sight(login, rep, calls, held):
    page: Page = login(rep)
    waiting = held("GET", r"outcome=won")
    page.get_by_label("Outcome").select_option("won")
    expect(page.get_by_role("status").filter(has_text="One moment")).to_have_css("opacity", "1")
    expect(page.locator("main [aria-busy=true]")).to_be_visible()
    let_go(waiting)
    expect(page.locator("#busy")).to_have_text("")
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)


def told(page: Page, waiting: list[Route]) -> list[str]:
    """What the bar says, and how visible it is; then what waits is let go. Playwright itself waits for a navigation."""
    said: list[str] = []

    def heard(text: str, opacity: str) -> None:
        said.append(f"{text} {opacity}")
        let_go(waiting)

    page.expose_function("heard", heard)
    page.evaluate("""() => {
        const busy = document.getElementById("busy");
        const tell = () => busy.textContent && heard(busy.textContent, getComputedStyle(busy).opacity);
        new MutationObserver(tell).observe(busy, { childList: true });
    }""")
    return said


def test_a_form_that_is_sent_is_waited_for_in_sight(login, rep, held, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/upload/")
    page.get_by_label("paste the conversation").fill("Rep: Good morning.\nCustomer: Good morning.")
    page.get_by_label("Customer number").fill("C-1")
    said = told(page, held("POST", r"/upload/"))
    page.get_by_role("button", name="Upload and look").click(no_wait_after=True)
    page.wait_for_url(re.compile(r"/upload/calls/\d+/"))
    assert said == ["One moment … 1"]
    expect(page.locator("#busy")).to_have_text("")


STOP_ONCE_BUSY = """() => {
    const busy = document.getElementById("busy");
    new MutationObserver(() => busy.textContent && stop()).observe(busy, { childList: true });
}"""


def test_who_stops_a_request_can_send_it_again(login, rep, held, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/upload/")
    page.get_by_label("paste the conversation").fill("Rep: Good morning.")
    page.get_by_label("Customer number").fill("C-1")
    waiting = held("POST", r"/upload/")
    page.evaluate(STOP_ONCE_BUSY)
    page.get_by_role("button", name="Upload and look").click(no_wait_after=True)
    expect(page.get_by_role("button", name="Upload and look")).to_be_enabled()
    expect(page.locator("#busy")).not_to_have_class(re.compile("is-waiting"))
    assert len(waiting) == 1


def test_an_answer_in_the_admin_is_waited_for_in_sight(login, admin, bands, held, live_server):
    factories.call()
    page: Page = login(admin)
    page.goto(f"{live_server.url}/admin/calls/call/queue/")
    said = told(page, held("POST", r"/queue/"))
    page.get_by_role("button", name="Won").click(no_wait_after=True)
    expect(page.get_by_text("Nothing waits for a label")).to_be_visible()
    assert said == ["One moment … 1"]


def test_an_action_on_a_list_of_the_admin_is_waited_for_in_sight(login, admin, bands, held, live_server):
    factories.call()
    page: Page = login(admin)
    page.goto(f"{live_server.url}/admin/calls/call/")
    page.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("mark_won")
    said = told(page, held("POST", r"/calls/call/"))
    page.locator("#changelist-form").evaluate("form => form.requestSubmit(form.querySelector('[name=index]'))")
    expect(page.get_by_text("1 marked as won.")).to_be_visible()
    assert said == ["One moment … 1"]


def test_once_a_file_came_nobody_waits(login, admin, live_server):
    factories.call()
    page: Page = login(admin)
    page.goto(f"{live_server.url}/admin/calls/label/export/?outcome__exact=won")
    with page.expect_download():
        page.get_by_role("button", name="Submit").click()
    expect(page.locator("#busy")).not_to_have_class(re.compile("is-waiting"))
