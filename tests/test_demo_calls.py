"""The calls of the demo: what is known of them when the model learns, and what only afterwards."""

import pytest

from calls.models import Call, Label
from salesconv import demo_calls


@pytest.fixture
def delivered(db, tmp_path, settings, monkeypatch) -> str:
    settings.VAR_DIR = tmp_path
    for name, number in {"SAMPLE_CALLS": 40, "OPEN_CALLS": 4, "LATE_OUTCOMES": 6}.items():
        monkeypatch.setattr(demo_calls, name, number)
    return demo_calls.deliver()


def test_late_outcomes_are_told_once_and_were_known_after_the_call_was_there(delivered):
    assert Call.objects.filter(outcome="").count() == 10
    assert demo_calls.tell_late_outcomes() == "6 of them have ended since"
    assert demo_calls.tell_late_outcomes() == "0 of them have ended since"
    assert Call.objects.filter(outcome="").count() == 4
    assert Label.objects.count() == 36
    newest = Call.objects.exclude(outcome="").order_by("-started_at")[:6]
    assert all(call.outcome_known_at > call.created_at for call in newest)


def test_calls_that_are_there_are_left_alone_also_those_that_came_otherwise(delivered):
    demo_calls.file("sample_calls").unlink()
    assert demo_calls.deliver() == "40 calls are there already"
    assert demo_calls.tell_late_outcomes() == "0 of them have ended since"
