"""An admin says how calls ended, by keys and by a table, and changes which version serves."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import WORKER_PATIENCE

pytestmark = pytest.mark.journey


@pytest.fixture
def desk(visit: Callable[[str], Page]) -> Page:
    return visit("admin")


def opened(page: Page, address: str) -> None:
    page.goto(re.sub(r"(?<=\d)/.*", address, page.url))


def test_the_queue_is_answered_by_keys(desk):
    opened(desk, "/admin/calls/call/queue/")
    question = desk.locator(".queue-question h2")
    first = question.inner_text()
    desk.wait_for_load_state()
    desk.keyboard.press("w")
    expect(question).not_to_have_text(first)
    expect(desk.get_by_text(f"{first}: won.")).to_be_visible()


def test_a_table_with_two_bad_rows_is_refused_by_line_and_taken_once_it_is_right(desk, api: httpx.Client):
    call = api.get("/calls/", params={"label_state": "unlabelled", "page_size": 1}).json()["results"][0]
    good = f"source,external_id,outcome\n{call['source']},{call['external_id']},lost\n"
    opened(desk, "/admin/calls/label/import/")
    chosen(desk, f"{good}sample,nobody,won\n{call['source']},{call['external_id']},perhaps\n")
    expect(desk.get_by_text("Nothing was taken.")).to_be_visible()
    expect(desk.get_by_role("row", name="3 external_id There is no call")).to_be_visible()
    expect(desk.get_by_role("row", name='4 outcome Expected "won"')).to_be_visible()
    chosen(desk, good)
    desk.get_by_role("button", name="Confirm import").click()
    desk.wait_for_url("**/admin/calls/label/")
    assert api.get(f"/calls/{call['id']}/").json()["outcome"] == "lost"


def chosen(page: Page, table: str) -> None:
    table_file = {"name": "outcomes.csv", "mimeType": "text/csv", "buffer": table.encode()}
    page.locator("input[name=import_file]").set_input_files(table_file)
    page.get_by_role("button", name="Submit").click()


def test_a_version_is_previewed_promoted_and_rolled_back(candidate, desk):
    number = candidate()
    opened(desk, f"/models/{number}/")
    desk.get_by_role("button", name=re.compile("^Compare (with|anew)")).click()
    expect(desk.get_by_role("button", name="Compare anew")).to_be_visible(timeout=WORKER_PATIENCE)
    if (reason := desk.get_by_label("Why promote it although it is not ready?")).count():
        reason.fill("To see how it is done.")
    desk.get_by_role("button", name=f"Promote version {number}").click()
    back = desk.get_by_role("button", name=re.compile(r"Go back to version \d+"))
    expect(back).to_be_visible(timeout=WORKER_PATIENCE)
    before = re.search(r"\d+", back.inner_text())[0]
    back.click()
    opened(desk, f"/models/{before}/")
    expect(desk.get_by_text("Serves now").first).to_be_visible(timeout=WORKER_PATIENCE)
