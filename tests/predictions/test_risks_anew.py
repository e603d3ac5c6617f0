"""Once a tracker was changed, the risks of open calls are what it makes of them, whoever was killed meanwhile."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from predictions import sweeping, tasks
from predictions.models import InsightAttempt, RiskRule, Tracker
from predictions.risks import anew, finding
from tests import factories

pytestmark = pytest.mark.usefixtures("empty_cache")
TALK = [("rep", "What do you need?"), ("customer", "How much of our money will it take?")]


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """What was sent to workers; none hears of it."""
    sent: list[str] = []
    monkeypatch.setattr(tasks.find_risks_anew, "delay_on_commit", lambda: sent.append("anew"))
    return sent


@pytest.fixture(autouse=True)
def price(db) -> Tracker:
    Tracker.objects.filter(kind="price").update(phrases=["cost"])
    return Tracker.objects.filter(kind="price").earliest("pk")


def looked_at(**fields) -> Call:
    made = factories.call(TALK, started_at=timezone.now() - timedelta(days=30), **fields)
    finding.find(made.pk)
    return made


def misses_a_price(call: Call) -> bool:
    return call.risks.filter(rule__kind=RiskRule.Kind.NO_PRICE).exists()


def test_a_changed_price_tracker_takes_back_the_risk_of_calls_that_hold_it(desk, price, asked):
    held = looked_at()
    assert misses_a_price(held)
    form = {"name": price.name, "kind": "price", "phrases": "money"}
    desk.post(reverse("admin:predictions_tracker_change", args=[price.pk]), form)
    assert asked == ["anew"]
    tasks.find_risks_anew()
    assert not misses_a_price(held)


def test_a_deleted_one_brings_it_back(desk, asked):
    money = Tracker.objects.create(name="Money", kind="price", phrases=["money"])
    held = looked_at()
    desk.post(reverse("admin:predictions_tracker_delete", args=[money.pk]), {"post": "yes"})
    tasks.find_risks_anew()
    assert (asked, misses_a_price(held)) == (["anew"], True)


def test_the_sweep_asks_until_no_call_is_behind(price, asked):
    looked_at()
    looked_at(outcome="won")
    sweeping.sweep()
    assert asked == []
    Tracker.objects.filter(pk=price.pk).update(phrases=["money"])
    sweeping.sweep()
    anew.go_on()
    sweeping.sweep()
    assert asked == ["anew"]


def test_some_calls_at_a_time_and_one_that_fails_keeps_no_other_from_it(price, asked, monkeypatch):
    first, last = looked_at(), looked_at()
    Tracker.objects.filter(pk=price.pk).update(phrases=["money"])
    monkeypatch.setattr(anew, "find", lambda pk: finding.find(pk) if pk == first.pk else 1 / 0)
    anew.go_on()
    assert (misses_a_price(first), misses_a_price(last), asked) == (False, True, ["anew"])
    anew.go_on()
    assert asked == ["anew"]


def test_while_one_worker_is_at_it_another_leaves_it_alone(price):
    held = looked_at()
    Tracker.objects.filter(pk=price.pk).update(phrases=["money"])
    cache.add(anew.LEASE, 1, 60)
    anew.go_on()
    assert misses_a_price(held)


def test_the_page_of_a_tracker_says_how_far_it_is(desk, price):
    calls = [looked_at() for _ in range(2)]
    page = reverse("admin:predictions_tracker_change", args=[price.pk])
    assert "in 2 calls" in desk.get(page).text
    Tracker.objects.filter(pk=price.pk).update(phrases=["money"])
    assert "in 0 of 2 calls." in desk.get(page).text
    finding.find(calls[0].pk)
    assert "in 1 of 2 calls, about" in desk.get(page).text


def test_a_call_that_was_given_up_keeps_nobody_at_work(price, asked):
    call = looked_at()
    InsightAttempt.objects.create(call=call, work=InsightAttempt.Work.RISKS, attempts=99)
    Tracker.objects.filter(pk=price.pk).update(phrases=["money"])
    sweeping.sweep()
    assert (asked, anew.progress().total) == ([], 0)
