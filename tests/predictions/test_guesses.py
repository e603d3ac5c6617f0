"""The rep's own guess: asked before the score is shown, kept once, compared when the outcome is known."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, Team, User
from predictions.guesses import Guess
from predictions.models import Insight, Prediction
from tests import factories
from tests.predictions import watching

NUMBER = "62\u202f%"


@pytest.fixture
def asking(team):
    """The team asks since yesterday."""
    team.guesses_since = timezone.now() - timedelta(days=1)
    team.save()


@pytest.fixture
def call(rep, team) -> Call:
    call = factories.call(rep=rep, team=team, state=Call.State.SCORED, customer=factories.customer(name="Halden"))
    watching.prediction(call, 0.62, band="B", curve=[None, 0.4, 0.5, 0.62])
    return call


@pytest.fixture
def shown(client, call):
    """What a person reads in the list and on the page of the call."""

    def read(person: User) -> str:
        client.force_login(person)
        return client.get("/").text + client.get(reverse("predictions:call", args=[call.pk])).text

    return read


def say(client, call: Call, said: str):
    return client.post(reverse("predictions:guess", args=[call.pk]), {"probability": said}, follow=True)


def settled(rep: User, said: float, scored: float, outcome: str) -> Guess:
    """A guess and a score of a call of which the outcome came later."""
    call = factories.call(rep=rep, team=rep.team, state=Call.State.SCORED)
    prediction = watching.prediction(call, scored)
    guess = Guess.objects.create(call=call, person=rep, probability=said, prediction=prediction)
    known = {"outcome": outcome, "label_state": "single", "outcome_known_at": timezone.now() + timedelta(days=1)}
    Call.objects.filter(pk=call.pk).update(**known)
    return guess


def test_nobody_is_asked_where_the_team_does_not_ask(shown, rep):
    text = shown(rep)
    assert NUMBER in text
    assert "What do you think" not in text


def test_the_score_of_the_own_call_is_nowhere_before_the_guess(shown, client, asking, rep, call):
    text = shown(rep)
    assert "What do you think" in text
    assert "Guess first" in text
    assert NUMBER not in text
    assert "Probability after each turn" not in text
    for query in ({"band": "B"}, {"state": "scored"}):
        assert client.get("/", query).context["total"] == 0
    assert client.get("/", {"state": "guess"}).context["total"] == 1
    api = client.get(reverse("api:call-detail", args=[call.pk])).json()
    assert api["prediction"] is None
    assert client.get(reverse("api:call-predictions", args=[call.pk])).json() == []


def test_an_insight_that_was_made_from_the_score_waits_for_the_guess(shown, client, asking, rep, call):
    content = {"summary": "Halden wants it.", "buying_signals": [{"text": "This moved the score up.", "quotes": []}]}
    Insight.objects.create(
        call=call, kind="sales_analysis", prompt_version="1", input_hash="h", model="extractive", content=content,
        latency_ms=1,
    )  # fmt: skip
    assert "Halden wants it." not in shown(rep)
    assert "Halden wants it." in say(client, call, "0.7").text


def test_others_read_the_score_all_the_same(shown, asking, call, manager):
    assert NUMBER in shown(manager)


def test_after_the_guess_the_score_is_shown_beside_it(client, asking, rep, call, shown):
    client.force_login(rep)
    text = say(client, call, "0.7").text
    assert NUMBER in text
    assert "You said 70\u202f% before" in text
    guess = Guess.objects.get()
    assert (guess.probability, guess.prediction) == (0.7, Prediction.objects.get())
    assert "Guess first" not in shown(rep)


def test_whoever_declines_sees_the_score_and_is_not_asked_again(client, asking, rep, call, shown):
    client.force_login(rep)
    assert NUMBER in say(client, call, "").text
    assert "What do you think" not in shown(rep)
    assert Guess.objects.get().probability is None


def test_a_second_guess_changes_nothing(client, asking, rep, call):
    client.force_login(rep)
    for said in ("0.7", "0.1"):
        say(client, call, said)
    assert Guess.objects.get().probability == 0.7


def test_the_database_keeps_a_guess_as_it_was(client, asking, rep, call):
    client.force_login(rep)
    say(client, call, "0.7")
    with pytest.raises(ProgrammingError, match="Cannot update"):
        Guess.objects.update(probability=0.5)


@pytest.mark.parametrize("said", ["0.42", "1", "nan", "sure"])
def test_what_is_none_of_the_answers_is_refused(client, asking, rep, call, said):
    client.force_login(rep)
    assert "none of the answers" in say(client, call, said).text
    assert not Guess.objects.exists()


def test_only_the_rep_is_asked(client, asking, call, manager):
    client.force_login(manager)
    assert "No guess is asked" in say(client, call, "0.7").text
    assert not Guess.objects.exists()


@pytest.mark.parametrize("reason", ["earlier", "settled"])
def test_neither_earlier_calls_nor_settled_ones_are_asked_for(shown, asking, rep, call, reason):
    if reason == "earlier":
        Call.objects.update(created_at=timezone.now() - timedelta(days=2))
    else:
        Call.objects.update(outcome="won", label_state="single", outcome_known_at=timezone.now())
    assert NUMBER in shown(rep)


def test_the_comparison_tells_who_was_closer_and_by_how_much(client, rep):
    settled(rep, 0.9, 0.6, "won")
    settled(rep, 0.7, 0.2, "lost")
    settled(rep, 0.5, 0.4, "lost")
    client.force_login(rep)
    found = client.get(reverse("predictions:guesses")).context["all"]
    assert (found.count, found.guess_closer, found.score_closer) == (3, 1, 2)
    assert found.guessed == pytest.approx((0.01 + 0.49 + 0.25) / 3)
    assert found.scored == pytest.approx((0.16 + 0.04 + 0.16) / 3)
    assert found.always == pytest.approx(2 / 9)
    assert found.gap.value == pytest.approx(found.guessed - found.scored)
    assert found.gap.low < 0 < found.gap.high


def test_a_page_without_guesses_says_what_to_do_next(client, rep, admin):
    def read(person: User) -> str:
        client.force_login(person)
        return client.get(reverse("predictions:guesses")).text

    assert "An admin can switch it on" in read(rep)
    assert f'button" href="{reverse("admin:calls_team_changelist")}' in read(admin)
    Team.objects.update(guesses_since=factories.NOW)
    assert "open a new call of yours" in read(rep)


def test_a_guess_made_after_the_outcome_was_known_or_declined_is_not_compared(client, rep):
    late = settled(rep, 0.9, 0.6, "won")
    Call.objects.filter(pk=late.call_id).update(outcome_known_at=timezone.now() - timedelta(days=1))
    settled(rep, None, 0.6, "won")
    client.force_login(rep)
    assert client.get(reverse("predictions:guesses")).context["all"] is None


def test_a_rep_sees_the_own_guesses_and_a_manager_those_of_the_team(client, rep, manager, stranger):
    colleague = factories.user("cleo", role=User.Role.REP, team=rep.team)
    for person in (rep, colleague, stranger):
        settled(person, 0.9, 0.6, "won")
    for person, count in ((rep, 1), (manager, 2), (stranger, 1)):
        client.force_login(person)
        assert client.get(reverse("predictions:guesses")).context["all"].count == count


@pytest.mark.parametrize("count", [2, 9])
def test_the_comparison_costs_the_same_for_any_number(client, rep, manager, count, django_assert_max_num_queries):
    for number in range(count):
        person = factories.user(role=User.Role.REP, team=rep.team)
        settled(person, 0.9, 0.1 * number + 0.05, "won")
    client.force_login(manager)
    with django_assert_max_num_queries(6):
        assert len(client.get(reverse("predictions:guesses")).context["people"]) == count
