"""An admin erases a customer in the browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from calls.models import Customer
from calls.tasks import erase
from tests.browser.conftest import NARROW

pytestmark = pytest.mark.browser


def test_a_customer_is_erased_once_the_name_was_typed(login, admin, calls, live_server, monkeypatch):
    monkeypatch.setattr(erase, "delay_on_commit", erase)
    customer = calls[0].customer
    page: Page = login(admin)
    page.set_viewport_size(NARROW)
    page.goto(live_server.url + reverse("admin:calls_customer_change", args=[customer.pk]))
    page.goto(live_server.url + reverse("admin:calls_customer_erase", args=[customer.pk]))
    expect(page.get_by_role("row", name="Turns")).to_contain_text("40")
    page.get_by_label("To erase, type the name").fill("Halden")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not the customer's name.")
    page.get_by_label("To erase, type the name").fill("Halden Logistics")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("40 turns")).to_be_visible()
    assert not Customer.objects.filter(pk=customer.pk).exists()
