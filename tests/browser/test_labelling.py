"""The labelling queue answers to one key."""

import pytest
from django.db.models import Value
from django.db.models.functions import Concat
from playwright.sync_api import Page, expect

from calls.models import Call, Label
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def queue(login, admin, bands, live_server) -> Page:
    for number in (1, 2):
        factories.call(external_id=f"call-{number}", started_at=factories.NOW.replace(day=number))
    page: Page = login(admin)
    page.goto(f"{live_server.url}/admin/calls/call/queue/")
    return page


def heading(page: Page, text: str) -> None:
    """Also waits until the page's script hears keys."""
    expect(page.locator(".queue-question h2")).to_have_text(text)
    page.wait_for_load_state()


def test_one_key_answers_and_a_key_held_down_does_not_answer_the_next_call(queue):
    heading(queue, "test/call-1")
    queue.keyboard.down("w")
    heading(queue, "test/call-2")
    queue.keyboard.down("w")  # the same key repeats
    queue.wait_for_timeout(300)
    heading(queue, "test/call-2")
    assert list(Label.objects.values_list("call__external_id", "outcome")) == [("call-1", "won")]


def test_c_says_that_one_cannot_tell_and_leaves_no_outcome(queue):
    heading(queue, "test/call-1")
    queue.keyboard.press("c")
    heading(queue, "test/call-2")
    expect(queue.get_by_text("You said of test/call-1: cannot tell.")).to_be_visible()
    call = Call.objects.get(external_id="call-1")
    assert (call.outcome, list(call.labels.values_list("outcome", "blind"))) == ("", [("unclear", True)])


def test_a_long_name_stays_within_the_page(queue):
    Call.objects.update(external_id=Concat("external_id", Value("7c" * 80)))
    queue.reload()
    assert queue.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_was_skipped_comes_again_on_demand(queue):
    for call in ("test/call-1", "test/call-2"):
        heading(queue, call)
        queue.keyboard.press("s")
    expect(queue.get_by_text("what you skipped still waits")).to_be_visible()
    queue.keyboard.press("a")
    heading(queue, "test/call-1")
