from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from calls.models import Call
from predictions.filters import CallFilter
from predictions.models import Tracker
from predictions.shown_scores import with_scores
from tests import factories
from tests.predictions import watching


@pytest.fixture
def narrowed(rep, rf):
    def found(query: str) -> set[str]:
        request = rf.get("/")
        request.user = rep
        calls = with_scores(Call.objects.visible_to(rep), rep)
        return {call.external_id for call in CallFilter(QueryDict(query), calls, request=request).qs}

    return found


@pytest.fixture
def calls(rep, team):
    big = factories.customer(segment="Enterprise", name="Halden")
    likely = factories.call(rep=rep, external_id="likely", customer=big, team=team, started_at=timezone.now())
    watching.prediction(likely, 0.9, band="A")
    silent = factories.call(rep=rep, external_id="silent")
    watching.prediction(silent, None, reason="not_enough_evidence")
    factories.call(rep=rep, external_id="won", outcome="won")
    factories.call([("rep", "Delivery in spring")], rep=rep, external_id="waits", started_at=old())
    factories.call((), rep=rep, external_id="odd", state="rejected")


def old():
    return timezone.now() - timedelta(days=400)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"likely", "silent", "won", "waits", "odd"}),
        ("band=A", {"likely"}),
        ("band=A&band=B", {"likely"}),
        ("state=scored", {"likely"}),
        ("state=no_evidence", {"silent"}),
        ("state=waiting", {"won", "waits"}),
        ("state=rejected", {"odd"}),
        ("outcome=won", {"won"}),
        ("outcome=open", {"likely", "silent", "waits"}),
        ("segment=Enterprise", {"likely"}),
        ("period=30", {"likely"}),
        ("q=spring", {"waits"}),
        ("q=halden", {"likely"}),
        ("q=waits", {"waits"}),
    ],
)
def test_each_filter_keeps_what_it_names(narrowed, calls, query, expected):
    assert narrowed(query) == expected


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        (["delivery IN  spring"], {"waits"}),
        (["in delivery"], set()),
        (["spring", "budget"], {"likely", "silent", "won", "waits"}),
        ([], set()),
        (["", 7, "  "], set()),
    ],
)
def test_a_tracker_keeps_the_calls_in_which_one_of_its_phrases_was_said(narrowed, calls, phrases, expected):
    tracker = Tracker.objects.create(name="Season", kind="topic", phrases=phrases)
    assert narrowed(f"tracker={tracker.pk}") == expected


def test_filters_work_together(narrowed, calls, team):
    assert narrowed(f"team={team.pk}&band=A&q=budget") == {"likely"}
    assert narrowed(f"team={team.pk}&band=D") == set()


def test_days_include_both_ends(narrowed, calls):
    day = old().date().isoformat()
    assert narrowed(f"since={day}&until={day}") == {"waits"}


def test_choices_offer_only_what_one_may_see(rep, stranger, rf, calls):
    factories.call(rep=stranger, customer=factories.customer(segment="Hidden"))
    request = rf.get("/")
    request.user = rep
    form = CallFilter(QueryDict(), Call.objects.none(), request=request).form
    assert "Hidden" not in str(form["segment"])
    assert stranger.username not in str(form["rep"])
