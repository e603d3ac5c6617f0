"""Somebody uploads what is not quite in order, sees what was odd, corrects who is who, and keeps it."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from calls import drafting
from calls.models import Call, DraftCall
from tests.browser.conftest import NARROW

pytestmark = pytest.mark.browser

ODD = b"""WEBVTT

00:01.000 --> 00:04.000
<v Ben>We are looking for a reporting tool this quarter.

00:05.000 --> 00:09.000
<v Anna>Good. You can write to anna@example.com or call +49 30 901820.

00:xx --> 00:14.000
<v Ben>I will, thank you.
"""
PLAIN = b"Rep: Hello, what do you need?\nCustomer: A tool for our reports.\n"


def chosen(page: Page, address: str, **contents: bytes) -> None:
    page.goto(address)
    files = [
        {"name": name.replace("_", "."), "mimeType": "text/plain", "buffer": content}
        for name, content in contents.items()
    ]
    page.get_by_label("Files").set_input_files(files)
    page.get_by_label("Customer number").fill("C-1")
    page.get_by_role("button", name="Upload and look").click()


def read_all() -> None:
    """As the worker does."""
    for pk in DraftCall.objects.filter(state=DraftCall.State.WAITING).values_list("pk", flat=True):
        drafting.read(pk)


def seen(page: Page, name: str) -> None:
    """For whoever wants to look: SHOTS=folder keeps a picture."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


def test_an_upload_with_warnings_is_corrected_and_kept(login, rep, bands, live_server):
    page: Page = login(rep)
    chosen(page, f"{live_server.url}/upload/", call_vtt=ODD)
    expect(page.get_by_text("Being read").first).to_be_visible()
    read_all()
    expect(page.get_by_role("heading", name="call.vtt")).to_be_visible()
    expect(page.get_by_role("region", name="What was odd in the file")).to_contain_text("could not be read")
    expect(page.get_by_text("it was guessed from who speaks first")).to_be_visible()
    expect(page.get_by_role("region", name="What was read")).to_contain_text("1 × telephone number")
    seen(page, "one")
    page.get_by_label("Ben").select_option("customer")
    page.get_by_label("Anna").select_option("rep")
    page.get_by_role("button", name="Show with these roles").click()
    expect(page.locator(".turn").first).to_have_class("turn customer")
    page.get_by_role("button", name="Keep as a call").click()
    page.wait_for_url(re.compile(r"/calls/\d+/$"))
    assert [turn.role for turn in Call.objects.get().turns.all()] == ["customer", "rep", "customer"]


def test_several_files_are_looked_at_and_kept_together(login, rep, bands, live_server):
    page: Page = login(rep)
    chosen(page, f"{live_server.url}/upload/", odd_vtt=ODD, plain_txt=PLAIN, empty_txt=b" ")
    expect(page.locator(".chip")).to_have_text(["Being read", "Being read", "Cannot be read"])
    read_all()
    expect(page.locator("td > .chip:first-child").first).to_have_text("Not kept yet")
    seen(page, "several")
    page.set_viewport_size(NARROW)
    seen(page, "several-narrow")
    page.get_by_role("link", name="odd.vtt").click()
    seen(page, "one-narrow")
    page.get_by_role("link", name="All of this upload").click()
    page.get_by_role("button", name="Keep the 2").click()
    expect(page.get_by_text("2 calls kept.")).to_be_visible()
    assert Call.objects.count() == 2


def test_no_speaker_is_cut_off_on_a_telephone(login, rep, bands, live_server):
    page: Page = login(rep)
    said = b"Sales: Hello, what do you need?\nMr Miller: A tool.\nUnknown Third: For our reports.\nSales: Well.\n"
    chosen(page, f"{live_server.url}/upload/", many_txt=said, plain_txt=PLAIN)
    read_all()
    page.reload()
    page.set_viewport_size(NARROW)
    table = page.locator("#draft .scroll")
    expect(table).to_contain_text("Unknown Third")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_a_draft_is_thrown_away_only_after_a_question(login, rep, bands, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/upload/")
    page.get_by_label("Or paste the conversation").fill("Rep: Good morning.\nCustomer: We look for a tool.")
    page.get_by_label("Customer number").fill("C-1")
    page.get_by_role("button", name="Upload and look").click()
    page.locator("summary", has_text="Throw away").click()
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_text("Thrown away: The pasted conversation.")).to_be_visible()
    assert not DraftCall.objects.exists()
