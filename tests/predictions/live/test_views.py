"""The pages of running calls."""

import pytest
from django.urls import reverse

from predictions.models import Band, Tracker
from tests import factories
from tests.predictions.live.lines import WON, heard, opened


@pytest.fixture
def browser(client, rep):
    client.force_login(rep)
    return client


@pytest.fixture
def bands(db, active):
    Band.objects.all().delete()
    Band.objects.create(letter="A", lower=0.5)
    Band.objects.create(letter="B", lower=0.0)


def page_of(browser, live, **headers) -> str:
    return browser.get(reverse("predictions:live_call", args=[live.pk]), headers=headers).content.decode()


def test_the_list_shows_running_calls_with_how_they_stand(browser, live, bands):
    heard(live, WON)
    listed = browser.get(reverse("predictions:live_calls")).content.decode()
    assert "Acme" in listed
    assert "4 turns heard" in listed
    assert "Band </span>A" in listed


def test_the_list_does_not_ask_more_for_more_calls(browser, rep, bands, django_assert_max_num_queries):
    for number in range(20):
        opened(rep, f"call-{number}")
    with django_assert_max_num_queries(12):
        browser.get(reverse("predictions:live_calls"))


def test_the_page_says_how_the_call_stands_and_what_moved_it(browser, live, bands):
    text = page_of(browser, heard(live, WON))
    assert "band A" in text
    assert 'href="#turn-1">“We have the budget' in text
    assert 'id="turn-3"' in text
    assert "Along the call" in text


def test_the_page_says_what_was_not_mentioned_yet(browser, live, bands):
    Tracker.objects.all().delete()
    Tracker.objects.create(name="The money", kind="price", phrases=["budget"])
    Tracker.objects.create(name="A date", kind="next step", phrases=["next Tuesday"])
    text = page_of(browser, heard(live, WON))
    assert "A date" in text.partition("Not mentioned yet")[2]
    assert "The money" not in text.partition("Not mentioned yet")[2].partition("Along the call")[0]


def test_the_page_says_how_good_scores_are_after_so_many_words(browser, live, bands, active):
    active.report = {"by_words": [{"words": 8, "auc": 0.71, "brier": 0.2, "base_rate_brier": 0.24},
                                  {"words": 4000, "auc": 0.9, "brier": 0.1, "base_rate_brier": 0.24}]}  # fmt: skip
    active.save()
    text = page_of(browser, heard(live, WON))
    assert "after 8 words" in text
    assert "71" in text.partition("told right in")[2][:10]


def test_a_rep_who_is_to_guess_first_sees_no_score(browser, live, rep, bands):
    rep.team.guesses_since = factories.NOW
    rep.team.save()
    text = page_of(browser, heard(live, WON))
    assert "Guess first" in text
    assert "band A" not in text
    assert "Moved it up" not in text


def test_a_call_that_has_ended_leads_to_the_call(browser, live, rep, bands):
    heard(live, WON)
    answer = browser.post(reverse("predictions:finish_live", args=[live.pk]))
    live.refresh_from_db()
    assert answer.url == reverse("predictions:call", args=[live.call_id])
    address = reverse("predictions:live_call", args=[live.pk])
    assert browser.get(address).url == answer.url
    assert browser.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_finishing_a_call_without_a_word_says_so(browser, live):
    answer = browser.post(reverse("predictions:finish_live", args=[live.pk]), follow=True)
    assert "Nothing was said in that call" in answer.content.decode()
