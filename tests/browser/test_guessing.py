"""A rep guesses, then sees the score, and later who was right."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from calls.models import Call

pytestmark = pytest.mark.browser


def test_a_guess_reveals_the_score_and_is_compared_once_the_outcome_is_known(login, rep, calls, live_server):
    rep.team.guesses_since = timezone.now() - timedelta(days=1)
    rep.team.save()
    page: Page = login(rep)
    expect(page.locator("tr", has_text="Halden Logistics")).to_contain_text("Guess first")
    page.get_by_role("link", name="Halden Logistics").click()
    expect(page.get_by_text("62\u202f%")).to_have_count(0)
    page.get_by_role("button", name="Rather yes").click()
    expect(page.locator(".answer-number")).to_have_text("62\u202f%")
    known = timezone.now() + timedelta(minutes=1)
    Call.objects.filter(pk=calls[0].pk).update(outcome="won", label_state="single", outcome_known_at=known)
    page.get_by_role("link", name="Your guesses and the scores").click()
    expect(page.locator("tr", has_text="Halden Logistics")).to_contain_text("the guess")
