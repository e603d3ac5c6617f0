"""Signs that a deal is at risk: when they are found, who sees them, and how long."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from calls.models import Call
from predictions import insights, sweeping, tasks
from predictions.models import Insight, Risk, RiskCheck, RiskRule, Tracker
from predictions.risks import finding
from tests import factories
from tests.predictions import watching

NOW = timezone.now()
Kind = RiskRule.Kind
ABOUT_WORK = [("rep", "What do you need?"), ("customer", "Our reports take two days every month.")]
ABOUT_PRICE = [("rep", "What do you need?"), ("customer", "First of all, what does it cost?")]


@pytest.fixture
def acme(db):
    return factories.customer("acme")


@pytest.fixture(autouse=True)
def price_tracker(db):
    Tracker.objects.filter(kind="price").update(phrases=["cost", "price"])


def call(customer, turns=ABOUT_WORK, *, days=30, **fields) -> Call:
    return factories.call(turns, customer=customer, started_at=NOW - timedelta(days=days), **fields)


def insight(call, *steps) -> Insight:
    return Insight.objects.create(
        call=call, kind="sales_analysis", prompt_version="1", input_hash=f"h{call.pk}", model="extractive",
        content={"next_steps": [{"what": step} for step in steps]}, latency_ms=1,
    )  # fmt: skip


def kinds(call) -> set[str]:
    finding.find(call.pk)
    return set(call.risks.values_list("rule__kind", flat=True))


def due(**about) -> list[str]:
    return list(Risk.objects.due(NOW).filter(**about).values_list("rule__kind", flat=True))


def switch(kind, **values):
    RiskRule.objects.filter(kind=kind).update(**values)


def test_a_call_in_which_nobody_speaks_of_the_price_is_found(acme):
    assert Kind.NO_PRICE in kinds(call(acme))
    assert Kind.NO_PRICE not in kinds(call(acme, ABOUT_PRICE, deal="other"))


def test_a_price_that_an_earlier_call_of_the_deal_mentions_counts(acme):
    call(acme, ABOUT_PRICE, days=40, deal="D-1")
    assert Kind.NO_PRICE not in kinds(call(acme, deal="D-1"))
    assert Kind.NO_PRICE in kinds(call(acme, deal="D-2"))


def test_a_price_tracker_of_a_language_is_asked_of_each_call_in_its_own(acme):
    Tracker.objects.filter(kind="price").update(language="de")
    call(acme, ABOUT_PRICE, days=40, language="en")
    assert Kind.NO_PRICE in kinds(call(acme, language="de"))
    assert Kind.NO_PRICE not in kinds(call(acme, ABOUT_PRICE, language="de"))


def test_without_price_trackers_nobody_can_tell(acme):
    Tracker.objects.filter(kind="price").update(phrases=[])
    assert Kind.NO_PRICE not in kinds(call(acme))


@pytest.mark.parametrize(("steps", "found"), [([], True), (["Send the offer"], False)])
def test_the_next_step_is_that_of_the_insight(acme, steps, found):
    held = call(acme)
    insight(held, *steps)
    assert (Kind.NO_NEXT_STEP in kinds(held)) is found


def test_before_there_is_an_insight_no_next_step_is_missed(acme):
    assert Kind.NO_NEXT_STEP not in kinds(call(acme))


@pytest.mark.parametrize(("now", "found"), [(0.54, True), (0.60, False), (0.9, False)])
def test_a_score_falls_from_one_call_to_the_next(acme, now, found):
    watching.prediction(call(acme, days=40), 0.7)
    held = call(acme)
    watching.prediction(held, now)
    assert (Kind.FALLING in kinds(held)) is found
    if found:
        assert held.risks.get(rule__kind=Kind.FALLING).detail == "From 70\u202f% to 54\u202f% since the call before"


def test_scores_of_two_versions_are_not_compared(acme):
    other = watching.version("candidate")
    watching.prediction(call(acme, days=40), 0.9, version=other)
    held = call(acme)
    watching.prediction(held, 0.2)
    assert Kind.FALLING not in kinds(held)
    watching.prediction(held, 0.3, version=other)
    assert Kind.FALLING in kinds(held)


def test_looking_twice_changes_nothing_and_what_is_true_no_more_goes(acme):
    held = call(acme)
    assert kinds(held) == kinds(held) == {Kind.NO_PRICE, Kind.SILENT}
    held.turns.filter(index=1).update(text="The cost is fine.")
    assert kinds(held) == {Kind.SILENT}


def test_the_database_keeps_one_risk_of_a_kind(acme):
    held = call(acme)
    finding.find(held.pk)
    with pytest.raises(IntegrityError):
        Risk.objects.create(call=held, rule=RiskRule.objects.get(kind=Kind.SILENT))


def test_what_was_dismissed_stays_dismissed_when_it_is_found_again(acme, rep):
    held = call(acme)
    finding.find(held.pk)
    risk = held.risks.get(rule__kind=Kind.SILENT)
    assert risk.dismiss(rep)
    assert not risk.dismiss(rep)
    finding.find(held.pk)
    assert Kind.SILENT not in due(call=held)
    assert risk.restore()
    assert Kind.SILENT in due(call=held)


@pytest.mark.parametrize(("days", "shown"), [(13, False), (15, True)])
def test_a_risk_is_shown_once_its_delay_is_over(acme, days, shown):
    finding.find(call(acme, days=days).pk)
    assert (Kind.SILENT in due()) is shown


def test_an_admin_switches_and_delays_risks_without_any_work_on_calls(acme):
    finding.find(call(acme, days=2).pk)
    switch(Kind.NO_PRICE, is_on=False)
    switch(Kind.SILENT, delay_days=1)
    assert due() == [Kind.SILENT]


def test_a_new_call_ends_the_silence_of_its_deal_alone(acme):
    for deal in ("D-1", "D-2"):
        finding.find(call(acme, days=30, deal=deal).pk)
    call(acme, days=1, deal="D-1")
    assert due(rule__kind=Kind.SILENT, call__deal="D-1") == []
    assert due(rule__kind=Kind.SILENT, call__deal="D-2") == [Kind.SILENT]
    call(acme, days=1)
    assert due(rule__kind=Kind.SILENT) == []


def test_a_call_with_an_outcome_is_at_risk_no_more(acme):
    finding.find(call(acme, outcome="lost").pk)
    assert due() == []


def test_after_half_a_year_nothing_is_left_to_save(acme):
    finding.find(call(acme, days=181).pk)
    assert due() == []


def test_people_see_the_risks_of_the_calls_they_see(acme, rep, stranger, manager):
    finding.find(call(acme, rep=rep, team=rep.team).pk)
    seen = [Risk.objects.visible_to(person).exists() for person in (rep, manager, stranger)]
    assert seen == [True, True, False]


def test_that_a_score_falls_is_not_told_before_the_guess(acme, rep, manager):
    type(rep.team).objects.update(guesses_since=NOW - timedelta(days=1))
    rep.refresh_from_db()
    watching.prediction(call(acme, days=40), 0.7)
    held = call(acme, rep=rep, team=rep.team, state=Call.State.SCORED)
    watching.prediction(held, 0.2)
    finding.find(held.pk)
    seen = [Risk.objects.visible_to(person).filter(rule__kind=Kind.FALLING).exists() for person in (rep, manager)]
    assert seen == [False, True]


def test_an_insight_asks_for_the_risks_once_it_is_written(acme, monkeypatch):
    held = call(acme)
    asked = []
    monkeypatch.setattr(tasks.find_risks, "delay_on_commit", asked.append)
    insights.write(held.pk)
    assert asked == [held.pk]


def test_the_sweep_looks_where_nobody_has_looked_since_the_score(acme, monkeypatch):
    held, closed = call(acme), call(acme, outcome="won", days=50)
    for each in (held, closed):
        watching.prediction(each, 0.5)
    monkeypatch.setattr(finding, "PATIENCE", 0)
    asked = []
    monkeypatch.setattr(tasks.find_risks, "delay_on_commit", asked.append)
    sweeping.sweep()
    sweeping.sweep()
    assert asked == [held.pk]


def test_a_call_that_was_looked_at_after_its_score_is_not_overdue(acme, monkeypatch):
    held = call(acme)
    watching.prediction(held, 0.5)
    monkeypatch.setattr(finding, "PATIENCE", 0)
    finding.find(held.pk)
    assert RiskCheck.objects.get().call == held
    assert finding.overdue() == []
    insight(held)
    assert finding.overdue() == [held.pk]


def test_a_call_that_is_gone_is_no_error(db):
    finding.find(1)
