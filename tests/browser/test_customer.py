"""From a call to its customer, and along the scores back to a call."""

import pytest
from playwright.sync_api import Page, expect

from calls.models import Call

pytestmark = pytest.mark.browser


def test_a_mark_on_the_course_of_scores_leads_to_its_call(login, rep, calls, live_server):
    Call.objects.update(customer=calls[0].customer)
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    page.get_by_role("link", name="All calls with this customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden Logistics")
    expect(page.locator(".mark a")).to_have_count(3)
    page.locator(".mark a.lost").click()
    page.wait_for_url(f"{live_server.url}/calls/{calls[2].pk}/")
