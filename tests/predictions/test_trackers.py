"""Trackers: whole words, any case and spacing, once per turn."""

import time
from importlib import import_module

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from calls.models import Turn
from predictions.models import Tracker
from predictions.trackers import hits, phrases_of, said

FIRST = import_module("predictions.migrations.0002_bands_and_trackers").TRACKERS
CLOSER = import_module("predictions.migrations.0003_closer_trackers")
PRICE = Tracker(name="Price", kind="price", phrases=["budget", "price list", "C++", "20%"])


def turns(*texts: str) -> list[Turn]:
    return [Turn(index=i, role="customer", text=text) for i, text in enumerate(texts)]


def test_a_hit_names_tracker_kind_turn_and_phrase():
    found = hits(turns("Hello", "Our BUDGET is fixed."), [PRICE])
    assert found == [{"tracker": "Price", "kind": "price", "turn": 1, "phrase": "budget"}]


@pytest.mark.parametrize(("language", "found"), [("de", 1), ("en", 0), ("", 1)])
def test_a_tracker_of_a_language_skips_calls_in_another(language, found):
    german = Tracker(name="Preis", kind="price", phrases=["gift"], language="de")
    assert len(hits(turns("Das ist Gift."), [german], language=language)) == found


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("budgets and budgetary", []),
        ("the price\n  LIST", ["price list"]),
        ("we write C++, mostly", ["C++"]),
        ("about 20% off; 120% of it", ["20%"]),
        ("budget, budget, budget", ["budget"]),
        ("price list within budget", ["price list", "budget"]),
    ],
)
def test_only_whole_words_count_whatever_their_case_and_spacing(text, phrases):
    assert said(text, phrases_of(PRICE)) == phrases


def test_what_an_admin_typed_by_mistake_is_passed_over():
    odd = [Tracker(name="a", kind="risk", phrases=[None, "", "  ", 3]), Tracker(name="b", kind="risk", phrases="word")]
    assert hits(turns("word 3"), odd) == []


def test_a_long_call_takes_time_in_proportion_to_its_length(db):
    text = "price " + " " * 1000 + "too " * 1000
    started = time.perf_counter()
    assert hits(turns(*[text] * 50))
    assert time.perf_counter() - started < 2


def test_closer_phrases_replace_the_first_ones_but_not_what_a_person_wrote(db):
    for name, phrases in (("Risks", FIRST["Risks"][1]), ("Objections", ["too far away"])):
        Tracker.objects.filter(name=name).update(phrases=phrases)
    CLOSER.renew(apps, None)
    assert "have to ask" not in Tracker.objects.get(name="Risks").phrases
    assert Tracker.objects.get(name="Objections").phrases == ["too far away"]


def test_the_trackers_of_the_team_are_used_when_none_are_given(db):
    Tracker.objects.create(name="Sport", kind="topic", phrases=["bicycle race"])
    assert [hit["tracker"] for hit in hits(turns("A bicycle race."))] == ["Sport"]


@given(st.text(), st.lists(st.text(min_size=1), max_size=5))
def test_any_text_and_any_phrases_are_taken(text, phrases):
    found = said(text, phrases_of(Tracker(name="any", kind="topic", phrases=phrases)))
    assert len(found) == len(set(found))
    assert all(found)
