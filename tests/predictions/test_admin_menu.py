"""What the admin calls things, and what it offers at its side."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse

from salesconv.admin_menu import MENU, groups
from tests import factories

pytestmark = pytest.mark.usefixtures("db")
INDEX = reverse("admin:index")


@pytest.mark.parametrize("entry", [entry for entries in MENU.values() for entry in entries], ids=lambda entry: entry[0])
def test_each_entry_of_the_sidebar_opens(desk, entry):
    _, _, address, _ = entry
    assert f'href="{reverse(f"admin:{address}")}"' in desk.get(INDEX).content.decode()
    assert desk.get(reverse(f"admin:{address}")).status_code == 200


@pytest.mark.parametrize("title", ["Labelling queue", "Calls"])
def test_only_the_entry_of_the_open_page_is_marked(rf, admin, title):
    (address,) = [address for entries in MENU.values() for name, _, address, _ in entries if name == title]
    request = rf.get(reverse(f"admin:{address}"))
    request.user = admin
    assert [item["title"] for group in groups(request) for item in group["items"] if item["active"]] == [title]


def test_who_may_do_less_is_offered_less(client):
    client.force_login(factories.user(is_staff=True))
    assert reverse("admin:calls_call_queue") not in client.get(INDEX).content.decode()


def test_apps_have_names_that_people_read(desk):
    page = desk.get(INDEX).content.decode()
    assert "API tokens" in page
    assert "Mltraining" not in page
    assert "Auth Token" not in page


def test_the_way_to_a_list_names_its_app_and_then_the_list(desk):
    page = desk.get(reverse("admin:calls_call_changelist")).content.decode()
    way = [re.sub(r"<[^>]+>|\s+", " ", page).split("chevron_right")[side].split() for side in (0, 1)]
    assert (way[0][-3:], way[1][0]) == (["Calls", "and", "people"], "Calls")


@pytest.mark.parametrize("address", ["index", "calls_call_changelist", "calls_call_queue"])
def test_every_page_bears_the_sign_of_the_product_once(desk, address):
    page = desk.get(reverse(f"admin:{address}")).content.decode()
    assert re.findall(r'<link\s+rel="icon"\s+href="([^"]+)"', page) == [static("favicon.svg")]
    assert finders.find("favicon.svg")


def test_the_labelling_queue_has_a_heading(desk):
    assert ">Labelling queue</h1>" in desk.get(reverse("admin:calls_call_queue")).content.decode()


def test_times_are_written_as_on_the_pages(desk):
    call = factories.call(outcome="won", started_at=datetime(2026, 3, 2, 15, 4, tzinfo=UTC))
    for address in (reverse("admin:calls_call_changelist"), reverse("admin:calls_call_change", args=[call.pk])):
        assert "2 Mar 2026, 15:04" in desk.get(address).content.decode()
    assert "known 9 Mar 2026" in desk.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()


def test_a_call_has_one_field_that_is_called_outcome(desk):
    page = desk.get(reverse("admin:calls_call_change", args=[factories.call().pk])).content.decode()
    assert page.count("Outcome\n") + page.count(">Outcome<") == 1
    assert "New evidence" in page
