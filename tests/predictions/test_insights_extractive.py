"""The analysis without a language model: the call's own sentences, by evidence and trackers."""

from hypothesis import given
from hypothesis import strategies as st

from calls.models import Turn
from predictions.insights.extractive import Evidence, analysis, owner
from predictions.insights.quotes import checked
from predictions.models import Tracker
from predictions.trackers import hits

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


def test_turns_that_raise_the_score_are_buying_signals_and_those_that_lower_it_objections_or_risks():
    assert quoted(FOUND.buying_signals) == [(4, "But the team loves what it saw and wants to begin.")]
    assert quoted(FOUND.objections) == [(3, "That sounds too expensive for us.")]
    assert quoted(FOUND.risks) == [(2, "It costs a lot, frankly.")]


def test_needs_are_sentences_in_which_the_customer_needs_or_wants():
    assert quoted(FOUND.needs)[0] == (1, "We need faster reports, they take two days.")


def test_a_next_step_has_the_speaker_who_promises_it_and_the_day_that_was_said():
    (step,) = FOUND.next_steps
    assert (step.owner, step.date) == ("rep", "by Friday")
    assert owner("Could you send me the paper?", "customer") == "rep"
    assert owner("The next step is unclear.", "customer") is None


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
