"""The history of a row in the admin shows what was changed from what to what, and by whom."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from predictions.models import Band, Tracker
from tests import factories

pytestmark = pytest.mark.usefixtures("db")


def history(desk, row) -> str:
    """The rows of the table, with tags and line breaks taken out."""
    page = desk.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk]))
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_a_call_shows_each_outcome_it_had(desk, admin):
    call = factories.call()
    desk.post(reverse("admin:calls_call_queue"), {"call": call.pk, "answer": "won"})
    text = history(desk, call)
    assert "ada changed outcome: – → won label state: unlabelled → single" in text
    assert "the system added label state: unlabelled" in text


def test_a_band_and_a_tracker_show_their_old_and_new_values(desk):
    band = Band.objects.get(letter="A")
    band.lower = 0.8
    band.save()
    assert "the system changed lower: 0.75 → 0.8" in history(desk, band)
    tracker = Tracker.objects.create(name="Law", kind="topic", phrases=["privacy"])
    address = reverse("admin:predictions_tracker_change", args=[tracker.pk])
    desk.post(address, {"name": "Law", "kind": "risk", "phrases": "privacy\r\ndata law"})
    assert "ada changed kind: topic → risk phrases: privacy → privacy, data law" in history(desk, tracker)


def test_a_customer_shows_what_an_import_or_a_person_made_of_it(desk):
    customer = factories.customer("c-1", name="Old", metadata={"plan": "gold"})
    customer.name = "New"
    customer.save()
    assert "the system changed name: Old → New" in history(desk, customer)


def test_a_user_shows_roles_teams_and_that_a_password_was_changed_but_neither_that_nor_a_visit(desk, admin):
    person = factories.user("petra", role="rep", teams=[factories.team("West")])
    person.role, person.is_active = "manager", False
    person.set_password("another horse battery")
    person.last_login = timezone.now()
    person.save()
    text = history(desk, person)
    assert "the system changed role: rep → manager active: True → False" in text
    assert "team added team: West" in text
    assert "the system password changed 2" in text
    assert person.password not in text
    assert "login" not in text.split("What changed")[1].casefold()


def test_a_person_who_changes_a_team_is_named(desk):
    team = factories.team("West")
    desk.post(reverse("admin:calls_team_change", args=[team.pk]), {"name": "Far west"})
    assert "ada changed name: West → Far west" in history(desk, team)


def test_a_call_shows_with_whom_it_was_shared(desk, rep):
    call = factories.call()
    call.shared_with.add(rep)
    call.shared_with.clear()
    text = history(desk, call)
    assert "shared user: rita" in text
    assert "no longer shared user: rita" in text


def test_a_row_that_may_not_be_seen_has_no_history(client, stranger, rep):
    stranger.is_staff = stranger.is_superuser = False
    stranger.save()
    client.force_login(stranger)
    call = factories.call(rep=rep)
    assert client.get(reverse("admin:calls_call_history", args=[call.pk])).status_code == 302
