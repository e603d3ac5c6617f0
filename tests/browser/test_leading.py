"""A manager looks at the team, and at calls that need attention."""

import re

import pytest
from playwright.sync_api import Page, expect

from predictions.models import Risk
from tests.browser import rows

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(login, manager, calls) -> Page:
    return login(manager)


def test_another_period_changes_the_figures_and_the_address(desk):
    desk.get_by_role("link", name="Team", exact=True).click()
    expect(desk.locator(".figures-value").first).to_have_text("3")
    desk.get_by_label("From").fill("2020-01-01")
    desk.get_by_label("To").fill("2020-02-01")
    expect(desk.get_by_role("heading", name="No calls in this period")).to_be_visible()
    expect(desk).to_have_url(re.compile("since=2020-01-01.*until=2020-02-01"))
    desk.get_by_role("link", name="All time").click()
    expect(desk.locator(".figures-value").first).to_have_text("3")


def test_a_rep_leads_to_the_calls_of_that_rep(desk):
    desk.get_by_role("link", name="Team", exact=True).click()
    desk.get_by_role("region", name="By rep").get_by_role("link", name="rita").click()
    expect(desk.locator(".row-link")).to_have_count(3)


def test_a_risk_is_found_from_the_team_dismissed_and_brought_back(desk, calls):
    rows.at_risk(calls[0])
    desk.get_by_role("link", name="Team", exact=True).click()
    desk.get_by_role("region", name="Needs attention").get_by_role("link", name="1 call").click()
    expect(desk.get_by_role("link", name="Halden Logistics")).to_be_visible()
    desk.get_by_role("button", name="Dismiss: Customer silent").click()
    expect(desk.locator(".risk-row")).to_contain_text("Dismissed by mona")
    assert Risk.objects.get().dismissed_by.username == "mona"
    desk.get_by_role("button", name="Undo: Customer silent").click()
    expect(desk.get_by_role("button", name="Dismiss: Customer silent")).to_be_visible()
    desk.get_by_role("link", name="Halden Logistics").click()
    expect(desk.get_by_role("list", name="Needs attention")).to_contain_text("Customer silent")


def test_what_was_dismissed_has_a_list_of_its_own(desk, calls):
    rows.at_risk(calls[0])
    desk.get_by_role("link", name="Attention").click()
    desk.get_by_role("button", name="Dismiss: Customer silent").click()
    expect(desk.get_by_role("button", name="Undo: Customer silent")).to_be_visible()
    desk.get_by_role("link", name="Dismissed", exact=True).click()
    expect(desk.get_by_role("link", name="Halden Logistics")).to_be_visible()
