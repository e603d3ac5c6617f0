"""Only what was really said counts as a quote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.models import Turn
from predictions.insights.failure import InsightFailed
from predictions.insights.quotes import checked, located
from predictions.insights.schema import NextStep, Point, Quote, SalesAnalysis

TURNS = [
    Turn(index=0, role="rep", text="Good morning, what's the plan?"),
    Turn(index=1, role="customer", text="We don't have  a “real” budget {yet}. It is 20% too much."),
]


@pytest.mark.parametrize(
    ("turn", "quote", "found"),
    [
        (1, "a “real” budget", (1, "a “real” budget")),
        (1, "we DON\u2019T have a 'real' budget", None),
        (1, 'we DON\u2019T have a "real" budget', (1, "We don't have  a “real” budget")),
        (1, '"It is 20% too much."', (1, "It is 20% too much.")),
        (0, "budget {yet}", (1, "budget {yet}.")),
        (7, "Good morning", (0, "Good morning")),
        (-1, "Good morning", (0, "Good morning")),
        (0, "good morn", None),
        (0, "", None),
        (0, "“…”", None),
        (1, "We have a budget", None),
        (0, "what" * 1000, None),
    ],
)
def test_a_quote_is_found_in_the_calls_own_letters_or_not_at_all(turn, quote, found):
    answer = located(Quote(turn=turn, quote=quote), TURNS)
    assert (answer and (answer.turn, answer.quote)) == found


@given(st.integers(), st.text())
def test_whatever_a_model_quotes_comes_back_as_words_of_the_call(turn, quote):
    answer = located(Quote(turn=turn, quote=quote), TURNS)
    assert answer is None or answer.quote in TURNS[answer.turn].text


def test_points_without_a_real_quote_are_dropped_and_their_quotes_counted():
    real, invented = Quote(turn=0, quote="the plan"), Quote(turn=0, quote="we will sign today")
    answer = checked(
        SalesAnalysis(
            summary="A call.",
            needs=[Point(text="Both.", quotes=[real, invented]), Point(text="None.")],
            next_steps=[NextStep(what="Sign", quotes=[invented])],
        ),
        TURNS,
    )
    assert (answer.kept, answer.dropped) == (1, 2)
    assert [point.text for point in answer.analysis.needs] == ["Both."]
    assert answer.analysis.next_steps == []
    assert answer.analysis.summary == "A call."


def told_to_go_to(address: str) -> SalesAnalysis:
    return SalesAnalysis(summary=f"Log in at {address}, they said.")


OWN = [
    "evil.example/login",
    "evil.com",
    "EVIL.COM",
    "Evil.Com/x",
    "login.evil.co.uk",
    "xn--bcher-kva.xn--p1ai",
    "a@evil.com",
]


@pytest.mark.parametrize("address", OWN)
def test_an_address_that_nobody_gave_is_not_taken(address):
    with pytest.raises(InsightFailed):
        checked(told_to_go_to(address), TURNS)
    assert checked(told_to_go_to(address), [Turn(index=0, role="rep", text=f"It is at {address}.")])


@pytest.mark.parametrize(
    "words", ["e.g. Monday", "20.000 dollars", "the budget.They agreed", "9 a.m. or 3.5mm", "z.B. so"]
)
def test_words_with_a_dot_are_no_address(words):
    assert checked(told_to_go_to(words), TURNS)
