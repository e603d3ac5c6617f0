"""Second factors in a real browser: an app's code, and a passkey of a virtual authenticator."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW
from tests.browser.test_every_page import LOWEST_CONTRAST
from tests.calls.test_second_factor import code_of, with_app

pytestmark = pytest.mark.browser


@pytest.fixture
def authenticator(page: Page):
    """A passkey's hardware, as Chromium plays it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    return session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sure(page: Page) -> None:
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Go on").click()


def test_a_passkey_is_added_and_logs_in_without_a_password(login, rep, authenticator, live_server):
    page: Page = login(rep)
    page.get_by_role("link", name="rita").click()
    page.get_by_role("link", name="Add a key").click()
    sure(page)
    page.get_by_label("What you call it").fill("Blue key")
    page.get_by_label("It needs no password").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Blue key passkey")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{live_server.url}/")
    expect(page.locator(".whoami")).to_contain_text("rita")


def test_the_code_of_an_app_is_asked_for_after_the_password(page, quiet, rep, live_server):
    secret = with_app(rep)
    page.goto(f"{live_server.url}/login/")
    page.get_by_label("User name").fill("rita")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_label("Code of your app").fill(code_of(secret))
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(f"{live_server.url}/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_account_fit_a_phone_and_can_be_read(login, rep, live_server, scheme):
    page: Page = login(rep)
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{live_server.url}/account/app/add/")
    sure(page)
    for address in ("/account/app/add/", "/account/keys/add/", "/account/codes/new/", "/account/", "/account/keys/"):
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], address
        contrast, element = page.evaluate(LOWEST_CONTRAST)
        assert contrast >= 4.5, f"{address}: {element}"
