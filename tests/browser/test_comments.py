"""People talk about a turn, and who is named hears of it."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from calls import commenting
from calls.models import Comment, User
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def manager(rep) -> User:
    return factories.user("mona", role=User.Role.MANAGER, teams=[rep.team], first_name="Mona", last_name="Berg")


def test_a_mention_is_written_by_a_button_and_told(login, rep, manager, calls, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    page.get_by_role("link", name="Comment on turn 4", exact=True).click()
    expect(page.get_by_label("Comment", exact=True)).to_be_focused()
    page.get_by_text("Mention somebody").click()
    page.get_by_role("button", name="Mona Berg").click()
    page.keyboard.type("is this a buying signal?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#thread-3")).to_contain_text("Told: mona.")
    assert Comment.objects.get().text == "@mona is this a buying signal?"


def test_whoever_is_mentioned_follows_the_notice_and_replies(login, rep, manager, calls):
    commenting.say(calls[0].turns.get(index=3), "@mona is it?", by=rep, key=uuid4())
    page: Page = login(manager)
    page.locator(".notices summary", has_text="1 unread").click()
    page.get_by_role("link", name=re.compile("rita mentioned you")).click()
    expect(page).to_have_url(re.compile(r"#turn-3$"))
    expect(page.locator("#turn-3")).to_be_in_viewport()
    page.locator("#thread-3").get_by_role("link", name="Reply").click()
    page.get_by_label("Reply").fill("It is.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#thread-3 .comment")).to_have_count(2)
    expect(page.locator(".notices .count")).to_have_count(0)


def test_the_own_comment_is_changed_and_deleted_in_its_place(login, rep, calls, live_server):
    Comment.objects.create(turn=calls[0].turns.get(index=3), author=rep, text="First thought.")
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{calls[0].pk}/")
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Change the comment").fill("Second thought.")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#thread-3 .comment-text")).to_have_text("Second thought.")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("#thread-3 .comment-text")).to_have_text("Second thought.")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator("#thread-3 .comment")).to_have_count(0)
    assert not Comment.objects.exists()


def test_the_list_of_notices_closes_by_escape(login, rep, calls):
    page: Page = login(rep)
    page.locator(".notices summary").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing yet.")).to_be_hidden()
