"""A call is followed in the browser while it runs."""

import re

import pytest
from playwright.sync_api import Page, expect

from predictions import serving
from predictions.live.hearing import Kept
from predictions.models import Tracker
from tests import small_models
from tests.browser.conftest import NARROW
from tests.predictions.live.lines import LOST, WON, heard, opened

pytestmark = pytest.mark.browser


@pytest.fixture
def live(rep, bands, empty_cache):
    serving.forget()
    small_models.version()
    Tracker.objects.create(name="The money", kind="price", phrases=["budget"])
    Tracker.objects.create(name="A date", kind="next step", phrases=["next Tuesday"])
    yield opened(rep)
    Kept.followed.clear()
    serving.forget()


def test_the_page_follows_the_call_until_it_is_finished(login, live, live_server):
    heard(live, WON[:1])
    page: Page = login(live.rep)
    page.get_by_role("link", name="Live", exact=True).click()
    page.get_by_role("link", name="Acme").click()
    stands = page.get_by_role("region", name="How it stands")
    expect(stands).to_contain_text("The money")
    heard(live, WON[1:], 1)
    expect(stands.locator(".answer-number")).to_be_visible()
    expect(stands).to_contain_text("We have the budget")
    expect(stands).not_to_contain_text("The money")
    before = stands.locator(".answer-number").inner_text()
    heard(live, [*LOST, *LOST], len(WON))
    expect(stands.locator(".answer-number")).not_to_have_text(before)
    page.get_by_role("button", name="Finish the call").click()
    page.wait_for_url(re.compile(r"/calls/\d+/$"))
    expect(page.locator(".turn")).to_have_count(len(WON) + 2 * len(LOST))


def test_a_running_call_fits_a_telephone(login, live, live_server):
    heard(live, [*WON, *LOST])
    page: Page = login(live.rep)
    page.set_viewport_size(NARROW)
    page.goto(f"{live_server.url}/live/{live.pk}/")
    expect(page.locator(".answer-number")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
