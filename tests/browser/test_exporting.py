"""A person downloads an export and is told how far it is."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_calls_are_downloaded_as_json_lines_and_the_page_says_when_it_is_done(login, rep, calls, live_server):
    page: Page = login(rep)
    page.get_by_role("link", name="Exports").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exports")
    section = page.locator("section", has=page.get_by_role("heading", name="Calls", exact=True))
    with page.expect_download() as download:
        section.get_by_role("button", name="as JSON lines").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == len(calls)
    assert all(json.loads(line)["turns"] for line in lines)
    expect(section.get_by_role("status")).to_contain_text(f"Done: {len(calls)} row")
