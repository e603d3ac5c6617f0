"""The history of a row in the admin shows what was changed from what to what, and by whom."""

import re

import pytest
from django.urls import reverse

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
    assert "ada update outcome: – → won label state: unlabelled → single" in text
    assert "the system insert label state: unlabelled" in text


def test_a_band_and_a_tracker_show_their_old_and_new_values(desk):
    band = Band.objects.get(letter="A")
    band.lower = 0.8
    band.save()
    assert "the system update lower: 0.75 → 0.8" in history(desk, band)
    tracker = Tracker.objects.create(name="Law", kind="topic", phrases=["privacy"])
    address = reverse("admin:predictions_tracker_change", args=[tracker.pk])
    desk.post(address, {"name": "Law", "kind": "risk", "phrases": "privacy\r\ndata law"})
    assert "ada update kind: topic → risk phrases: privacy → privacy, data law" in history(desk, tracker)


def test_a_row_that_may_not_be_seen_has_no_history(client, stranger, rep):
    stranger.is_staff = stranger.is_superuser = False
    stranger.save()
    client.force_login(stranger)
    call = factories.call(rep=rep)
    assert client.get(reverse("admin:calls_call_history", args=[call.pk])).status_code == 302
