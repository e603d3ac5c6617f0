from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from predictions.models import Alert, MetricPoint
from predictions.views_monitoring import MOST_POINTS
from tests.predictions import watching


@pytest.fixture
def seen(client, manager):
    client.force_login(manager)
    return lambda: client.get(reverse("predictions:monitoring"))


def points(name, values, version=None):
    now = timezone.now()
    MetricPoint.objects.bulk_create(
        MetricPoint(
            name=name, version=version, value=value, count=12,
            window_start=now - timedelta(hours=len(values) - place), window_end=now,
        )
        for place, value in enumerate(values)
    )  # fmt: skip


def test_before_anything_is_measured_the_page_says_when_it_will_be(seen):
    assert "Nothing measured yet" in seen().text


def test_the_first_numbers_are_asked_for_at_once_and_only_once(seen, django_capture_on_commit_callbacks):
    watching.version()
    with django_capture_on_commit_callbacks() as asked:
        assert "Nothing has been measured yet" in seen().text
        assert "load this page again" in seen().text
    assert len(asked) == 1
    points("predictions", [1], watching.active())
    cache.clear()
    with django_capture_on_commit_callbacks() as asked:
        seen()
    assert asked == []


def test_a_number_on_too_few_calls_is_not_called_within_its_limits(seen):
    points("score_psi", [3.0], watching.version())
    text = seen().text
    assert "Too few calls to judge: 12 of 100." in text
    assert "1 of the numbers below rests on too few calls" in " ".join(text.split())
    assert "Everything watched is within" not in text


def test_a_window_that_has_not_ended_goes_up_to_now(seen):
    points("calls_received", [1])
    assert "to now" not in seen().text
    MetricPoint.objects.update(window_end=timezone.now() + timedelta(hours=9))
    assert "Over 12 calls, up to now." in seen().text


def test_numbers_are_grouped_and_written_in_their_units(seen):
    active = watching.version()
    points("quality_auc", [0.7, 0.8], active)
    points("rejected_share", [0.25, 0.5])
    text = seen().text
    assert "Right about what happened" in text
    assert "0.800" in text
    assert "50\u202f%" in text
    assert "<polyline" in text


def test_numbers_of_other_versions_are_not_mixed_in(seen):
    watching.version()
    points("quality_auc", [0.123], watching.version("candidate"))
    assert "0.123" not in seen().text


def test_of_many_points_the_newest_are_drawn(seen):
    points("calls_received", range(MOST_POINTS + 30))
    (title, (series,)), *_ = seen().context["groups"]
    assert title == "Work"
    assert len(series.points) == MOST_POINTS
    assert series.last.value == MOST_POINTS + 29


def test_an_open_alert_stands_on_top_until_it_is_closed(seen):
    Alert.objects.create(rule="scores are stuck", message="They hardly differ.", value=0.01)
    assert "They hardly differ." in seen().text.split("Open alerts")[1]
    Alert.objects.update(untold_by=["e-mail", "webhook"])
    assert "could not be sent by e-mail and webhook" in seen().text
    Alert.objects.update(closed_at=timezone.now())
    assert "They hardly differ." in seen().text.split("Closed alerts")[1]
