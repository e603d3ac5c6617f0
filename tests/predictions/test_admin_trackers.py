"""Phrases of a tracker are typed one a line."""

import pytest
from django.urls import reverse

from predictions.models import Tracker
from tests import factories

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


def test_a_new_tracker_holds_for_old_calls_at_once_and_says_for_how_many(desk):
    for _ in range(2):
        factories.call()
    factories.call([("rep", "Hello.")])
    form = {"name": "Money", "kind": "topic", "phrases": "budget"}
    page = desk.post(reverse("admin:predictions_tracker_add"), form, follow=True).text
    tracker = Tracker.objects.get(name="Money")
    link = f"{reverse('predictions:calls')}?tracker={tracker.pk}"
    assert f'Calls that hold one of its phrases: <a href="{link}">2</a>.' in page
    assert desk.get(link).context["total"] == 2


@pytest.mark.parametrize(("typed", "kept", "calls"), [("en-GB", "en", 2), ("", "", 3), ("English", None, 0)])
def test_a_tracker_of_a_language_finds_no_calls_in_another(desk, typed, kept, calls):
    for language in ("en", "", "de"):
        factories.call(language=language)
    form = {"name": "Money", "kind": "topic", "phrases": "budget", "language": typed}
    page = desk.post(reverse("admin:predictions_tracker_add"), form, follow=True).text
    tracker = Tracker.objects.filter(name="Money").first()
    assert (tracker and tracker.language) == kept
    assert (f'">{calls}</a>.' in page) if tracker else ("This is no language" in page)


def test_the_list_of_trackers_reads_as_words(desk):
    assert "other vendor, other supplier" in desk.get(reverse("admin:predictions_tracker_changelist")).content.decode()
