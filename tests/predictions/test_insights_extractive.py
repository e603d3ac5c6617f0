"""The analysis without a language model: the call's own sentences, by evidence and trackers."""

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.models import Turn
from predictions.insights.extractive import Evidence, analysis, owner
from predictions.insights.quotes import checked
from predictions.models import Tracker
from predictions.trackers import hits

FIRST, CLOSER = (
    import_module(f"predictions.migrations.{name}").TRACKERS
    for name in ("0002_bands_and_trackers", "0003_closer_trackers")
)
DELIVERED = [Tracker(name=name, kind=kind, phrases=words) for name, (kind, words) in (FIRST | CLOSER).items()]

TURNS = [
    Turn(index=0, role="rep", text="Hello. What brings you here?"),
    Turn(index=1, role="customer", text="Well. We need faster reports, they take two days. That is all."),
    Turn(index=2, role="rep", text="It costs a lot, frankly."),
    Turn(index=3, role="customer", text="That sounds too expensive for us."),
    Turn(index=4, role="customer", text="But the team loves what it saw and wants to begin."),
    Turn(index=5, role="rep", text="Good. I will send you the next step by Friday, all right?"),
]
TRACKERS = [
    Tracker(name="Objections", kind="objection", phrases=["too expensive"]),
    Tracker(name="Next steps", kind="next step", phrases=["next step"]),
]
REASONS = [
    {"kind": "turn", "turn": 4, "contribution": 0.8},
    {"kind": "turn", "turn": 3, "contribution": -0.5},
    {"kind": "turn", "turn": 2, "contribution": -0.2},
    {"kind": "feature", "turn": None, "contribution": 0.1},
    {"kind": "turn", "turn": 99, "contribution": 0.1},
]
FOUND = analysis(Evidence(TURNS, REASONS, hits(TURNS, TRACKERS)))


def quoted(points):
    return [(quote.turn, quote.quote) for point in points for quote in point.quotes]


def test_turns_that_raise_the_score_are_buying_signals_and_those_that_lower_it_objections_or_coaching():
    assert quoted(FOUND.buying_signals) == [(4, "But the team loves what it saw and wants to begin.")]
    assert quoted(FOUND.objections) == [(3, "That sounds too expensive for us.")]
    assert quoted(FOUND.coaching) == [(2, "It costs a lot, frankly.")]


def test_of_many_reasons_only_the_strongest_are_quoted():
    turns = [Turn(index=index, role="customer", text=f"We looked at it {index} times.") for index in range(9)]
    reasons = [{"kind": "turn", "turn": turn.index, "contribution": 0.1 * (turn.index + 1)} for turn in turns]
    found = analysis(Evidence(turns, reasons))
    assert [turn for turn, _ in quoted(found.buying_signals)] == [8, 7, 6]


@pytest.mark.parametrize("role", ["rep", "customer"])
@pytest.mark.parametrize("text", ["Hello.", "You are welcome.", "嗯。好的。"])
def test_a_greeting_is_no_risk_objection_or_buying_signal_whatever_it_does_to_the_score(role, text):
    turns = [Turn(index=index, role=role, text=text) for index in (0, 1)]
    reasons = [{"kind": "turn", "turn": index, "contribution": weight} for index, weight in ((0, -0.9), (1, 0.9))]
    found = analysis(Evidence(turns, reasons))
    assert found.risks + found.objections + found.buying_signals == []


def test_a_script_without_spaces_is_quoted_as_well():
    turns = [Turn(index=0, role="customer", text="这个价格对我们来说太高了。")]
    reasons = [{"kind": "turn", "turn": 0, "contribution": -0.9}]
    assert quoted(analysis(Evidence(turns, reasons)).objections) == [(0, turns[0].text)]


def test_needs_are_sentences_in_which_the_customer_needs_or_wants():
    assert quoted(FOUND.needs)[0] == (1, "We need faster reports, they take two days.")


def test_a_next_step_has_the_speaker_who_promises_it_and_the_day_that_was_said():
    (step,) = FOUND.next_steps
    assert (step.owner, step.date) == ("rep", "by Friday")
    assert owner("Could you send me the paper?", "customer") == "rep"
    assert owner("The next step is unclear.", "customer") is None


def read(text: str, role: str = "customer"):
    """What the trackers that come with the product make of one turn."""
    turns = [Turn(index=0, role=role, text=text)]
    return analysis(Evidence(turns, (), hits(turns, DELIVERED)))


@pytest.mark.parametrize(
    ("text", "owned_by", "by"),
    [
        ("Thanks for today. I will send you the offer.", "rep", None),
        ("We'll get back to you in two weeks.", "rep", "in two weeks"),
        ("Let us meet next week.", None, "next week"),
        ("Could you book a room for Friday?", "customer", "Friday"),
        ("Mr. Smith and I will call you tomorrow.", "rep", "tomorrow"),
        ("So we start in the small office next week.", None, "next week"),
    ],
)
def test_what_somebody_will_do_or_is_asked_to_do_is_a_next_step(text, owned_by, by):
    (step,) = read(text, "rep").next_steps
    assert (step.owner, step.date) == (owned_by, by)


@pytest.mark.parametrize("text", ["Let me share my screen.", "I will not call you.", "We can filter by region."])
def test_what_is_done_in_the_call_or_not_at_all_is_no_next_step(text):
    assert read(text, "rep").next_steps == []


@pytest.mark.parametrize(
    "text",
    [
        "We do not need this at all.",
        "That is what we need to keep by law.",
        "I cannot sign anything myself.",
        "Yes, go ahead, I have the half hour.",
        "We cannot wait until next year.",
        "That is not a problem.",
    ],
)
def test_a_phrase_that_the_sentence_denies_or_that_means_something_else_is_nothing(text):
    found = read(text)
    assert found.needs + found.objections + found.buying_signals + found.risks == []


def test_who_asks_for_the_price_may_buy_and_who_only_speaks_of_money_says_nothing():
    assert quoted(read("What does it cost?").buying_signals) == [(0, "What does it cost?")]
    assert read("The budget runs with the year.").buying_signals == []


def test_a_point_says_more_than_the_heading_it_stands_under():
    (risk,) = read("That is not my decision.").risks
    assert risk.text == "May hold it up."
    turns = [Turn(index=0, role="customer", text="Where is the data kept?")]
    law = Tracker(name="Data protection", kind="objection", phrases=["data kept"])
    assert analysis(Evidence(turns, (), hits(turns, [law]))).objections[0].text == "Data protection."


def test_a_title_or_a_decimal_point_ends_no_sentence():
    assert quoted(read("Well. We need Mr. Smith for 2.5 hours.").needs) == [(0, "We need Mr. Smith for 2.5 hours.")]


def test_the_summary_quotes_the_most_telling_customer_turns_in_order():
    assert FOUND.summary == (
        "The customer said: “That sounds too expensive for us.” “But the team loves what it saw and wants to begin.”"
    )


def test_without_a_score_the_summary_takes_the_longest_customer_turns():
    assert "We need faster reports" in analysis(Evidence(TURNS)).summary
    assert "nothing" in analysis(Evidence(TURNS[:1])).summary


def test_a_long_sentence_is_quoted_round_the_words_that_matter():
    turns = [Turn(index=0, role="customer", text=f"{'and so on ' * 60}too expensive {'for ever ' * 60}")]
    (quote,) = quoted(analysis(Evidence(turns, (), hits(turns, TRACKERS))).objections)
    assert "too expensive" in quote[1]
    assert len(quote[1]) <= 240


@given(st.lists(st.tuples(st.sampled_from(["rep", "customer", "other"]), st.text()), max_size=6))
def test_every_quote_of_any_call_stands_the_quote_check(spoken):
    turns = [Turn(index=i, role=role, text=text) for i, (role, text) in enumerate(spoken)]
    reasons = [{"kind": "turn", "turn": i, "contribution": (-1) ** i * 0.5} for i in range(len(turns))]
    assert checked(analysis(Evidence(turns, reasons, hits(turns, TRACKERS))), turns).dropped == 0
