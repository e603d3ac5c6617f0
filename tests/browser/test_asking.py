"""Asking a call, drafting a mail and a brief: asked in place, waited for, and read where it was asked."""

import pytest
from playwright.sync_api import Page, expect

from predictions import tasks
from predictions.insights import jobs
from predictions.models import InsightJob
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def call(rep, bands):
    customer = factories.customer(name="Halden Logistics")
    turns = [*factories.TURNS, ("rep", "I will send you the contract by Friday.")]
    return factories.call(turns, rep=rep, team=rep.team, customer=customer, state="scored")


@pytest.fixture(autouse=True)
def late_worker(monkeypatch):
    """Answers when the test says so, so that it can look at what waits."""
    monkeypatch.setattr(tasks.write_insight_job, "delay_on_commit", lambda pk: None)


def answer() -> None:
    jobs.write(InsightJob.objects.get(state="asked").pk)


def test_a_question_waits_and_is_answered_in_place(login, rep, call, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{call.pk}/")
    page.get_by_label("A question, in a sentence").fill("What budget is there?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Reading what was said")).to_be_visible()
    answer()
    link = page.get_by_role("link", name="We have set aside a budget")
    link.click()
    assert page.url.endswith(f"/calls/{call.pk}/#turn-3")


def test_a_mail_and_a_brief_are_made_in_place(login, rep, call, live_server):
    page: Page = login(rep)
    page.goto(f"{live_server.url}/calls/{call.pk}/")
    page.get_by_role("button", name="Draft a follow-up mail").click()
    expect(page.get_by_text("Drafting the mail")).to_be_visible()
    answer()
    expect(page.get_by_text("A draft: read and change it")).to_be_visible()
    page.goto(f"{live_server.url}/customers/{call.customer.pk}/")
    page.get_by_role("button", name="Write a brief").click()
    expect(page.get_by_text("Reading the last calls")).to_be_visible()
    answer()
    expect(page.get_by_role("heading", name="What was promised")).to_be_visible()
