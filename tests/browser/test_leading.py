"""A manager looks at the team, finds a risk and fills in a scorecard."""

import re

import pytest
from playwright.sync_api import Page, expect

from predictions.models import Risk, Scorecard
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


def test_a_scorecard_is_filled_in_beside_the_conversation(desk, calls, live_server):
    rows.scorecard_template()
    desk.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    desk.get_by_role("button", name="Fill in: Discovery call").click()
    found = desk.get_by_role("group", name="Did the rep listen?")
    expect(found.get_by_label("As found: no")).to_be_checked()
    found.get_by_label("Yes", exact=True).check()
    desk.get_by_role("group", name="How were needs understood?").get_by_label("4").check()
    desk.get_by_label("Private").check()
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator(".result")).to_contain_text("88")
    expect(found).to_contain_text("overridden")
    assert Scorecard.objects.get().is_private
    desk.get_by_role("link", name="Halden Logistics").click()
    expect(desk.get_by_role("region", name="Scorecards")).to_contain_text("private")


def test_a_scorecard_is_answered_by_keyboard(desk, calls, live_server):
    rows.scorecard_template()
    desk.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    desk.get_by_role("button", name="Fill in: Discovery call").press("Enter")
    desk.get_by_role("group", name="How were needs understood?").get_by_label("Not answered").focus()
    for _ in range(3):
        desk.keyboard.press("ArrowRight")
    desk.get_by_role("button", name="Save").press("Enter")
    expect(desk.locator(".result")).to_contain_text("25")


def test_limits_are_asked_where_a_statistic_answers(desk, live_server):
    desk.goto(f"{live_server.url}/scorecards/templates/new/")
    expect(desk.get_by_label("At most").first).to_be_hidden()
    desk.get_by_label("Answered by").first.select_option("statistic:talk_ratio")
    desk.get_by_label("Name").fill("Listening")
    desk.get_by_label("Question", exact=True).first.fill("Did the rep listen?")
    desk.get_by_label("At most").first.fill("60")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Listening")
    expect(desk.get_by_label("At most").first).to_have_value("60.0")
