"""A rep saves what the list shows, and comes back to it."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_view_is_saved_opened_again_and_deleted(login, rep, calls, live_server):
    page: Page = login(rep)
    page.locator(".band-pick").first.click()
    expect(page.locator(".row-link")).to_have_text(["Kestrel"])
    page.get_by_text("Save this view").click()
    page.get_by_label("Name").fill("Hot ones")
    page.get_by_label("Who sees it").select_option("Team North")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text(["Saved as Hot ones, shared with North."])
    page.goto(live_server.url)
    view = page.get_by_role("link", name="Hot ones")
    expect(view).not_to_have_attribute("aria-current", "true")
    view.click()
    expect(page.locator(".row-link")).to_have_text(["Kestrel"])
    expect(view).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Edit views").click()
    page.get_by_text("Delete", exact=False).first.click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("No views yet")).to_be_visible()
