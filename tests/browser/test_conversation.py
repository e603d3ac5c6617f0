"""A rep reads one conversation: along its timeline, by search, and by links to its turns."""

import re

import pytest
from playwright.sync_api import Page, expect

from calls.models import Turn
from predictions.models import Tracker

pytestmark = pytest.mark.browser


@pytest.fixture
def page_of_call(login, rep, calls, live_server) -> Page:
    Tracker.objects.create(name="Delivery", kind="topic", phrases=["delivery date"])
    for index, text in ((8, "And the delivery date?"), (30, "The delivery date is fixed.")):
        Turn.objects.filter(call=calls[0], index=index).update(text=text)
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    return page


def test_a_mark_of_the_timeline_leads_to_its_turn(page_of_call):
    page = page_of_call
    page.get_by_role("link", name="Turn 31: Delivery: delivery date").click()
    expect(page).to_have_url(re.compile("#turn-30$"))
    expect(page.locator("#turn-30")).to_be_in_viewport()


def test_arrows_go_along_a_row_of_marks_and_enter_jumps(page_of_call):
    page = page_of_call
    page.get_by_role("link", name="Turn 9: Delivery: delivery date").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#turn-30")).to_be_in_viewport()


def test_search_in_the_conversation_goes_from_hit_to_hit_by_keyboard(page_of_call):
    page = page_of_call
    page.keyboard.press("/")
    page.keyboard.type("DELIVERY")
    expect(page.locator(".found")).to_contain_text("2 turns")
    for keys, place, turn in (("Enter", 1, 8), ("Enter", 2, 30), ("Shift+Enter", 1, 8)):
        page.keyboard.press(keys)
        expect(page.locator(".found")).to_contain_text(f"{place} of 2 turns")
        expect(page.locator(f"#turn-{turn}")).to_be_in_viewport()
        expect(page.get_by_label("Words in this conversation")).to_be_focused()


def test_what_nobody_said_is_told(page_of_call):
    page_of_call.get_by_label("Words in this conversation").fill("zeppelin")
    expect(page_of_call.locator(".found")).to_contain_text("Nobody said that.")


def test_the_link_to_a_turn_is_copied(page_of_call, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = page_of_call
    page.locator("#turn-4").hover()
    page.get_by_label("Copy link to turn 5", exact=True).click()
    expect(page.locator("#turn-4 .copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith("#turn-4")
