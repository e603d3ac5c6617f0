"""Why a call has its probability: the customer's words stand first, and all is said so that a rep understands it."""

import pytest

from calls.models import Turn
from predictions.reasons import sides


def spoken(*roles):
    return [Turn(index=index, role=role, text=f"{role} {index}") for index, role in enumerate(roles)]


def by_turn(*contributions):
    return [{"kind": "turn", "turn": index, "contribution": value} for index, value in enumerate(contributions)]


def texts(reasons):
    return [reason.text for reason in reasons]


FACT = {"kind": "feature", "name": "talk_ratio", "value": 0.8, "contribution": 3.0}


def test_the_customers_words_are_shown_and_all_else_stands_apart():
    reasons = [*by_turn(2.0, 1.0, 1.5, 0.5), FACT]
    side, _ = sides(reasons, spoken("rep", "customer", "other", "customer"), None)
    assert texts(side.shown) == ["customer 1", "customer 3"]
    assert [(whose, texts(found)) for whose, found in side.more] == [
        ("What the rep said", ["rep 0"]),
        ("What others said", ["other 2"]),
        ("What is known of the call", ["Talk ratio of the rep: 80\u202f%"]),
    ]


def test_five_of_the_customers_turns_are_shown_and_the_weaker_ones_unfold():
    side, _ = sides(by_turn(*[0.1] * 3, *[0.2] * 5), spoken(*["customer"] * 8), None)
    assert texts(side.shown) == [f"customer {turn}" for turn in range(3, 8)]
    assert [(whose, len(found)) for whose, found in side.more] == [("More that the customer said", 3)]


def test_a_side_on_which_only_the_rep_spoke_says_so_and_shows_nothing():
    _, against = sides(by_turn(0.4, -0.4), spoken("customer", "rep"), None)
    assert (against.shown, against.none_shown) == ([], "Nothing that the customer said weighs.")


@pytest.mark.parametrize("role", ["other", "rep"])
def test_where_no_customer_is_known_the_strongest_stand_first(role):
    side, _ = sides([*by_turn(*[0.1] * 6), FACT], spoken(*[role] * 6), None)
    assert texts(side.shown)[:2] == ["Talk ratio of the rep: 80\u202f%", f"{role} 0"]
    assert [(whose, len(found)) for whose, found in side.more] == [("More", 2)]


@pytest.mark.parametrize(
    ("contribution", "alone", "size"),
    [(0.37, "47", "Adds 0.37 to"), (-1.1, "17", "Takes 1.10 from"), (900.0, ">99", "Adds 900.00 to")],
)
def test_a_reason_is_told_from_the_base_rate_on(contribution, alone, size):
    up, down = sides(by_turn(contribution), spoken("customer"), 0.38)
    [reason] = [*up.shown, *down.shown]
    told = "Of the calls learned from, 38\u202f% were won; this alone would make it"
    assert reason.in_words == f"{told} {alone}\u202f%. {size} the log-odds."


@pytest.mark.parametrize("rate", [None, 0.0, 1.0])
def test_without_a_base_rate_the_log_odds_are_told_alone(rate):
    side, _ = sides(by_turn(0.37), spoken("customer"), rate)
    assert side.shown[0].in_words == "Adds 0.37 to the log-odds."
