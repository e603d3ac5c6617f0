"""A rep finds a call, reads the answer, and follows a reason to its turn."""

import re

import pytest
from playwright.sync_api import Page, expect

from calls.models import Call
from tests.browser.conftest import NARROW, WIDE

pytestmark = pytest.mark.browser


def test_a_reason_leads_to_the_turn_it_rests_on(login, rep, calls):
    page: Page = login(rep)
    page.get_by_role("link", name="Halden Logistics").click()
    expect(page.get_by_role("region", name="The answer")).to_contain_text("62\u202f%")
    reason = page.locator(".answer-side.for .quote")
    reason.click()
    expect(page).to_have_url(re.compile(r"#turn-39$"))
    expect(page.locator("#turn-39")).to_be_in_viewport()
    assert page.locator("#turn-39").evaluate("turn => getComputedStyle(turn).outlineStyle") == "solid"


def test_the_chart_and_the_insight_lead_to_turns_too(login, rep, calls, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    page.locator(".curve-plot a").nth(20).click()
    expect(page.locator("#turn-20")).to_be_in_viewport()
    page.get_by_role("link", name="finance has already agreed").first.click()
    expect(page.locator("#turn-35")).to_be_in_viewport()


def test_the_list_narrows_while_one_types_and_keeps_its_address(login, rep, calls):
    page: Page = login(rep)
    page.get_by_placeholder("Search what was said").fill("kestrel")
    expect(page.locator(".row-link")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=kestrel"))
    page.reload()
    expect(page.locator(".row-link")).to_have_text(["Kestrel"])


def test_a_band_and_an_order_are_chosen_without_a_button(login, rep, calls):
    page: Page = login(rep)
    page.get_by_label("Order").select_option("likeliest")
    expect(page.locator(".row-link").first).to_have_text("Kestrel")
    page.locator(".band-pick").first.click()
    expect(page.locator(".row-link")).to_have_text(["Kestrel"])
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.locator(".row-link")).to_have_count(3)


def test_a_filter_that_comes_while_another_loads_has_the_last_word(login, rep, calls, context):
    page: Page = login(rep)
    context.route("**/*outcome=won*", lambda route: (page.wait_for_timeout(600), route.continue_()))
    page.get_by_label("Outcome").select_option("won")
    page.get_by_label("Outcome").select_option("lost")
    expect(page.locator(".row-link")).to_have_text(["Arden Paper"])


def test_the_passages_that_mean_the_same_come_beside_the_list(login, rep, calls, passages):
    page: Page = login(rep)
    page.get_by_placeholder("Search what was said").fill("money")
    expect(page.get_by_role("region", name="By meaning")).to_be_visible()
    page.get_by_placeholder("Search what was said").fill("money is there")
    passage = page.get_by_role("region", name="By meaning").get_by_role("link", name="set aside a budget").first
    turn = passage.get_attribute("href").partition("#")[2]  # all three mean the same
    passage.click()
    expect(page.locator(f"#{turn}")).to_be_in_viewport()


def test_one_sees_who_is_logged_in_on_a_telephone(login, rep, calls):
    page: Page = login(rep)
    page.set_viewport_size(NARROW)
    expect(page.locator(".whoami")).to_contain_text("rita")
    expect(page.locator(".whoami-name")).to_be_in_viewport()


def test_the_slash_key_goes_to_the_search(login, rep, calls):
    page: Page = login(rep)
    page.keyboard.press("/")
    expect(page.get_by_placeholder("Search what was said")).to_be_focused()


def test_the_names_of_the_statistics_are_not_broken_within_a_word(login, rep, calls, live_server):
    Call.objects.update(statistics={"interactivity": 43.8})
    page: Page = login(rep)
    page.set_viewport_size(WIDE)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/", wait_until="networkidle")  # parts come after the page
    name = page.get_by_role("region", name="How it was talked").locator(
        "dt", has_text=re.compile("^Changes of speaker$")
    )
    lines = "dt => { const range = new Range(); range.selectNodeContents(dt); return range.getClientRects().length; }"
    assert name.first.evaluate(lines) == 1


def test_a_label_is_kept_without_leaving_the_page(login, rep, calls, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    page.get_by_label("Note").fill("Signed for two years")
    page.get_by_role("button", name="Won").click()
    expect(page.locator("#labels")).to_contain_text("Signed for two years")
    expect(page.locator("#outcome-chip")).to_have_text("Won")
    calls[0].refresh_from_db()
    assert calls[0].outcome == "won"


def test_similar_calls_come_by_themselves(login, rep, calls, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    expect(page.get_by_label("Similar calls")).to_contain_text("Arden Paper")


def test_an_upload_ends_on_the_page_of_its_call(login, rep, bands, live_server):
    page: Page = login(rep)
    page.get_by_role("link", name="Upload", exact=True).click()
    page.get_by_label("Or paste the conversation").fill("Rep: Good morning.\nCustomer: We look for a tool.")
    page.get_by_label("Customer number").fill("C-1")
    page.get_by_role("button", name="Upload and look").click()
    page.get_by_role("button", name="Keep as a call").click()
    page.wait_for_url(re.compile(r"/calls/\d+/$"))
    expect(page.locator(".turn")).to_have_count(2)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_answer_stands_above_the_fold(login, rep, calls, live_server, size, scheme):
    page: Page = login(rep)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    expect(page.locator(".answer-number")).to_be_in_viewport()
    expect(page.locator(".answer-side.for .quote")).to_be_in_viewport()
