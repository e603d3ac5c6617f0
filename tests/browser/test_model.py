"""The page of a model version, moved by the keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from mltraining.models import ModelVersion

pytestmark = pytest.mark.browser


def test_hits_and_misses_follow_the_threshold_by_arrow_keys(login, admin, calls, live_server):
    page: Page = login(admin)
    page.goto(f"{live_server.url}/models/{ModelVersion.objects.get().pk}/")
    likely = page.locator(".confusion").get_by_role("row", name="called likely")
    expect(likely).to_contain_text("90 12", use_inner_text=True)
    page.get_by_label("Called likely from").press("ArrowRight")
    expect(likely).to_contain_text("79 41", use_inner_text=True)
    expect(page.get_by_label("Called likely from")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?threshold=41"))
