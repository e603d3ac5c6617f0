"""A manager finds a call that needs attention, and judges a conversation by a scorecard."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.journey


def test_a_risk_is_found_dismissed_and_brought_back(visit):
    page: Page = visit("manager")
    page.get_by_role("link", name="Team", exact=True).click()
    expect(page.locator(".figures-value").first).not_to_have_text("0")
    page.get_by_role("link", name="Attention").click()
    risky = page.locator("#attention .at-risk > li").first
    dismiss = risky.get_by_role("button", name=re.compile("^Dismiss: ")).first
    name = dismiss.get_attribute("aria-label") or dismiss.inner_text()
    dismiss.click()
    undo = risky.get_by_role("button", name=name.replace("Dismiss", "Undo"))
    undo.click()
    expect(risky.get_by_role("button", name=name)).to_be_visible()
    risky.locator(".at-risk-name").click()
    expect(page.get_by_role("list", name="Needs attention")).to_contain_text(name.removeprefix("Dismiss: "))


def test_a_scorecard_is_made_and_filled_in_beside_the_conversation(visit):
    page: Page = visit("manager")
    title = f"Discovery {uuid4().hex[:6]}"
    page.goto(re.sub(r"(?<=\d)/.*", "/scorecards/templates/new/", page.url))
    page.get_by_label("Name").fill(title)
    page.get_by_label("Question", exact=True).first.fill("Were needs understood?")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("link", name="Calls", exact=True).click()
    page.locator("main a.row-link").first.click()
    page.get_by_role("button", name=f"Fill in: {title}").click()
    page.get_by_role("group", name="Were needs understood?").get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".result")).to_contain_text("100")
