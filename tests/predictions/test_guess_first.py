"""What follows from a score stays hidden with it from the rep who is to guess first, and from nobody else."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from predictions.call_page import shown_prediction
from predictions.guesses import Guess
from predictions.models import Insight, Prediction, Question, Risk, RiskRule, Scorecard, ScorecardTemplate
from predictions.risks import finding
from predictions.scorecards import filling
from predictions.scorecards.filling import ScorecardRefused
from predictions.shown_scores import with_scores
from predictions.similar import similar_calls
from tests import factories
from tests.predictions import watching

NOW = timezone.now()
NO_STEP, FALLING = RiskRule.Kind.NO_NEXT_STEP, RiskRule.Kind.FALLING


@pytest.fixture(autouse=True)
def asking(team):
    """The team asks since yesterday, and every risk is shown at once."""
    team.guesses_since = NOW - timedelta(days=1)
    team.save()
    RiskRule.objects.update(delay_days=0)


@pytest.fixture
def acme(db):
    return factories.customer("acme", name="Halden")


def scored(rep, customer, probability: float, *, days: int, **fields) -> Call:
    """With an insight that names no next step."""
    began = {"started_at": NOW - timedelta(days=days), "state": Call.State.SCORED}
    call = factories.call(rep=rep, team=rep.team, customer=customer, **(began | fields))
    watching.prediction(call, probability)
    Insight.objects.create(
        call=call, kind="sales_analysis", prompt_version="1", input_hash="h", model="m", latency_ms=1,
        content={"summary": "It went down.", "next_steps": []},
    )  # fmt: skip
    return call


@pytest.fixture
def before(rep, acme) -> Call:
    return scored(rep, acme, 0.9, days=20)


@pytest.fixture
def call(rep, acme, before) -> Call:
    """Its score fell since the call before, of which the rep has said what there is to say."""
    guessed(before, rep)
    made = scored(rep, acme, 0.2, days=5)
    finding.find(made.pk)
    return made


def guessed(call: Call, person) -> None:
    Guess.objects.create(call=call, person=person, probability=0.5, prediction=call.predictions.get())


def kinds(person) -> set[str]:
    return set(Risk.objects.visible_to(person).due(NOW).values_list("rule__kind", flat=True))


def checklist() -> ScorecardTemplate:
    made = ScorecardTemplate.objects.create(name="Closing")
    made.ask([Question(text="Was a next step agreed?", scale="yes or no", automatic="next step")])
    return made


@pytest.fixture
def scorecard(call, manager) -> Scorecard:
    return filling.begin(checklist(), call, by=manager)


@pytest.fixture
def read(client):
    def text(person, *names) -> str:
        client.force_login(person)
        return "".join(client.get(reverse(f"predictions:{name}", args=args)).text for name, *args in names)

    return text


def test_risks_that_tell_of_the_score_wait_for_the_guess(call, rep, manager):
    assert {NO_STEP, FALLING} <= kinds(manager)
    assert not {NO_STEP, FALLING} & kinds(rep)
    guessed(call, rep)
    assert kinds(rep) == kinds(manager)


def test_other_risks_are_shown_all_the_same(call, rep):
    assert RiskRule.Kind.SILENT in kinds(rep)


def test_a_later_call_does_not_tell_the_score_of_one_that_awaits_a_guess(before, rep, acme):
    later = scored(rep, acme, 0.2, days=5)
    guessed(later, rep)
    finding.find(later.pk)
    assert "90" in later.risks.get(rule__kind=FALLING).detail
    assert FALLING not in kinds(rep)
    guessed(before, rep)
    assert FALLING in kinds(rep)


def test_a_call_without_a_customer_that_awaits_a_guess_hides_no_risk_of_others(call, rep):
    guessed(call, rep)
    scored(rep, None, 0.4, days=3)
    assert FALLING in kinds(rep)


def test_no_page_tells_the_rep_what_follows_from_the_score(call, rep, manager, read):
    pages = [("attention",), ("call", call.pk), ("customer", call.customer_id)]
    for told in ("No next step was agreed", "It went down.", "From 90\u202f%", "20\u202f%"):
        assert told not in read(rep, *pages)
        assert told in read(manager, *pages)


def test_a_risk_that_is_hidden_cannot_be_dismissed(client, call, rep):
    client.force_login(rep)
    risk = call.risks.get(rule__kind=NO_STEP)
    assert client.post(reverse("predictions:dismiss_risk", args=[risk.pk])).status_code == 404


def test_a_scorecard_that_answers_from_the_insight_waits_for_the_guess(scorecard, call, rep, manager, client):
    addresses = [
        reverse("predictions:scorecard", args=[scorecard.pk]),
        reverse("predictions:export", args=["scorecards", "csv"]),
    ]
    for person, is_shown in ((manager, True), (rep, False)):
        client.force_login(person)
        assert (client.get(addresses[0]).status_code == 200) is is_shown
        assert ("next step" in client.get(addresses[1]).getvalue().decode()) is is_shown
    guessed(call, rep)
    assert client.get(addresses[0]).status_code == 200


def test_results_of_scorecards_leave_out_those_that_wait_for_the_guess(scorecard, call, rep, client):
    client.force_login(rep)
    for name, key in (("scorecards", None), ("call_scorecards", call.pk), ("template", scorecard.template_id)):
        page = client.get(reverse(f"predictions:{name}", args=[key] if key else []))
        assert "0\u202f%" not in page.text
        assert not page.context.get("count")


def test_a_scorecard_without_anything_from_the_insight_is_shown_before_the_guess(call, rep, manager):
    made = ScorecardTemplate.objects.create(name="Manners")
    made.ask([Question(text="Was it polite?", scale="1 to 5")])
    scorecard = filling.begin(made, call, by=manager)
    assert scorecard in Scorecard.objects.visible_to(rep)


def test_the_rep_begins_a_scorecard_that_asks_the_insight_after_the_guess(call, rep):
    template = checklist()
    with pytest.raises(ScorecardRefused, match="give away"):
        filling.begin(template, call, by=rep)
    guessed(call, rep)
    assert filling.begin(template, call, by=rep).answers.get().found == 0


def test_similar_calls_won_and_lost_are_named_after_the_guess(call, rep, manager, read):
    near = factories.call(outcome="won", rep=rep, team=rep.team)
    for each in (call, near):
        watching.embedding(each, [1.0] * 384)
    assert [one.call for one in similar_calls(call, manager)] == [near]
    assert similar_calls(call, rep) == []
    assert "after your guess" in read(rep, ("similar", call.pk))
    guessed(call, rep)
    assert [one.call for one in similar_calls(call, rep)] == [near]


def test_an_admin_with_own_calls_guesses_before_the_admin_shows_the_score(client, call, admin, team):
    Call.objects.filter(pk=call.pk).update(rep=admin)
    admin.team = team
    admin.save()
    client.force_login(admin)
    page = reverse("admin:calls_call_change", args=[call.pk])
    assert "20%" not in client.get(page).text + client.get(reverse("admin:calls_call_changelist")).text
    guessed(call, admin)
    assert "20%" in client.get(page).text


def test_figures_of_the_team_leave_out_scores_that_the_reader_is_to_guess(client, call, manager, team):
    Call.objects.filter(pk=call.pk).update(rep=manager)
    manager.team = team
    manager.save()
    client.force_login(manager)
    at_risk = dict(client.get(reverse("predictions:team")).context["risks"])
    assert not [rule for rule, count in at_risk.items() if rule.kind in (NO_STEP, FALLING) and count]


def test_the_score_that_is_shown_is_one_that_one_may_see(call, rep, manager):
    assert shown_prediction(call, rep) is None
    assert shown_prediction(call, manager) == Prediction.objects.get(call=call)
    assert with_scores(Call.objects.all(), rep).get(pk=call.pk).probability is None
