"""A rep finds a call, reads why, talks about it; brings one of their own, guesses, and sees the score."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import WORKER_PATIENCE

pytestmark = pytest.mark.journey
ODD = """WEBVTT

00:01.000 --> 00:04.000
<v Ben>We are looking for a reporting tool, which we call {name}, and finance has agreed to a budget.

00:05.000 --> 00:09.000
<v Anna>Good. You can write to anna@example.com or call +49 30 901820.

00:xx --> 00:14.000
<v Ben>I will, thank you.

00:15.000 --> 00:21.000
<v Anna>Shall we meet on Thursday to look at the offer together?

00:22.000 --> 00:27.000
<v Ben>Thursday is fine. Our director joins, she signs it.
"""


def test_a_call_is_found_read_and_talked_about(visit):
    page: Page = visit("rep")
    page.get_by_placeholder("Search what was said").fill("budget")
    expect(page).to_have_url(re.compile("q=budget"))
    page.locator("main a.row-link").first.click()
    expect(page.get_by_role("region", name="The answer").locator(".answer-number")).to_contain_text("%")
    page.locator(".answer-side .quote:visible").first.click()
    turn = re.search(r"#turn-(\d+)$", page.url)[1]
    expect(page.locator(f"#turn-{turn}")).to_be_in_viewport()
    thread = page.locator(f"#thread-{turn}")
    begin = page.get_by_role("link", name=f"Comment on turn {int(turn) + 1}", exact=True)
    begin.or_(thread.get_by_role("link", name="Reply")).first.click()
    said = f"@mona is that so? {uuid4().hex[:6]}"
    thread.get_by_role("textbox").fill(said)
    page.get_by_role("button", name="Send").click()
    expect(thread).to_contain_text("Told: mona.")
    leader = visit("manager")
    leader.locator(".notices summary", has_text="unread").click()
    leader.get_by_role("link", name=re.compile("rita mentioned you")).first.click()
    expect(leader.locator(f"#thread-{turn}")).to_contain_text(said)


def uploaded(page: Page) -> None:
    """What was odd is seen, the roles are put right, and it is kept. No two are the same call."""
    name = uuid4().hex[:6]
    odd = {"name": "odd.vtt", "mimeType": "text/vtt", "buffer": ODD.format(name=name).encode()}
    page.get_by_role("link", name="Upload", exact=True).click()
    page.get_by_label("Files").set_input_files(odd)
    page.get_by_label("Customer number").fill(f"C-{name}")
    page.get_by_role("button", name="Upload and look").click()
    warned = page.get_by_role("region", name="What was odd in the file")
    expect(warned).to_contain_text("could not be read", timeout=WORKER_PATIENCE)
    expect(page.get_by_role("region", name="What was read")).to_contain_text("1 × telephone number")
    page.get_by_label("Ben").select_option("customer")
    page.get_by_label("Anna").select_option("rep")
    page.get_by_role("button", name="Show with these roles").click()
    expect(page.locator(".turn").first).to_have_class(re.compile("customer"))
    page.get_by_role("button", name="Keep as a call").click()
    page.wait_for_url(re.compile(r"/calls/\d+/$"))


@pytest.fixture
def guessing(visit):
    """An admin has reps of the North guess first; afterwards no more."""
    admin: Page = visit("admin")

    def since(date: str, time: str) -> None:
        admin.goto(re.sub(r"(?<=\d)/.*", "/admin/calls/team/", admin.url))
        admin.get_by_role("link", name="North").click()
        admin.locator("[name=guesses_since_0]").fill(date)
        admin.locator("[name=guesses_since_1]").fill(time)
        admin.get_by_role("button", name="Save", exact=True).click()
        expect(admin.get_by_text("was changed successfully")).to_be_visible()

    since("2026-01-01", "00:00:00")
    yield
    since("", "")


def test_a_file_with_warnings_becomes_a_call_that_is_guessed_and_scored(visit, guessing):
    page: Page = visit("rep")
    uploaded(page)
    guess = page.get_by_role("button", name="Rather yes")
    expect(guess).to_be_visible(timeout=WORKER_PATIENCE)
    expect(page.locator(".answer-number")).to_have_count(0)
    guess.click()
    expect(page.get_by_role("region", name="The answer")).to_be_visible()
    expect(page.get_by_role("button", name="Rather yes")).to_have_count(0)
