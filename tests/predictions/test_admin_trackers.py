"""Phrases of a tracker are typed one a line."""

import pytest
from django.urls import reverse

from predictions.models import Tracker

pytestmark = pytest.mark.usefixtures("db")


def test_phrases_are_shown_and_kept_as_lines(desk):
    tracker = Tracker.objects.create(name="Law", kind="topic", phrases=["privacy", "data law"])
    address = reverse("admin:predictions_tracker_change", args=[tracker.pk])
    assert "privacy\ndata law</textarea>" in desk.get(address).content.decode()
    typed = "  data   law \r\n\r\nprivacy\r\nprivacy\r\nin the cloud"
    assert desk.post(address, {"name": "Law", "kind": "topic", "phrases": typed}).status_code == 302
    tracker.refresh_from_db()
    assert tracker.phrases == ["data law", "privacy", "in the cloud"]


def test_a_tracker_without_a_phrase_is_refused(desk):
    address = reverse("admin:predictions_tracker_add")
    assert "required" in desk.post(address, {"name": "Law", "kind": "topic", "phrases": " \n "}).content.decode()
    assert not Tracker.objects.filter(name="Law").exists()


def test_the_list_of_trackers_reads_as_words(desk):
    assert "other vendor, other supplier" in desk.get(reverse("admin:predictions_tracker_changelist")).content.decode()
