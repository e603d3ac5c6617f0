from dataclasses import replace

import numpy as np
import pytest

from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Turn
from mltraining.ml.guards import findings
from mltraining.ml.pipeline import train
from mltraining.ml.split import Fold
from tests.mltraining.ml.conversations import conversations

COUNT = 120


def halves(count=COUNT):
    rows = np.arange(count)
    return [Fold(rows[: count // 2], rows[count // 2 :])]


def gap(against, value, low, high):
    return {"against": against, "metric": "brier", "difference": value, "low": low, "high": high}


def fired(calls, paired=(), **options):
    return [(found["guard"], found["what"]) for found in findings(calls, halves(len(calls)), paired, **options)]


def with_number(calls, value_of):
    return [replace(c, numbers={**c.numbers, "stage": value_of(n, c)}) for n, c in enumerate(calls)]


def with_category(calls, value_of):
    return [replace(c, categories={**c.categories, "stage": value_of(n, c)}) for n, c in enumerate(calls)]


def test_nothing_fires_on_clean_calls():
    clean = [gap("base_rate", -0.1, -0.12, -0.08), gap("length_only", -0.09, -0.11, -0.07)]
    assert fired(conversations(COUNT), clean) == []


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_that_ranks_like_the_outcome_fires(sign):
    calls = with_number(conversations(COUNT), lambda number, call: sign * (10 * call.label + number % 7))
    assert fired(calls) == [("revealing_column", "stage")]


def test_a_number_that_is_a_code_of_the_outcome_fires_whatever_its_order():
    calls = with_number(conversations(COUNT), lambda number, call: 5 if call.label else 1 + 8 * (number % 2))
    assert fired(calls) == [("revealing_column", "stage")]


def test_a_category_that_is_the_outcome_fires_and_names_the_column():
    calls = with_category(conversations(COUNT), lambda number, call: "closed" if call.label else "open")
    [found] = findings(calls, halves(), [])
    assert (found["guard"], found["what"]) == ("revealing_column", "stage")
    assert "The column stage alone tells won from lost: AUC 1.000" in found["text"]


def test_a_column_filled_for_a_part_of_the_lost_calls_only_fires():
    calls = with_category(conversations(COUNT), lambda n, call: f"reason {n}" if not call.label and n % 3 else None)
    [found] = findings(calls, halves(), [])
    assert found["what"] == "stage"
    assert "of the lost calls and for 0% of the won ones" in found["text"]


def test_a_column_filled_for_nine_calls_says_too_little():
    won = [number for number, call in enumerate(conversations(COUNT)) if call.label][:9]
    assert fired(with_category(conversations(COUNT), lambda n, call: "x" if n in won else None)) == []


def test_many_calls_of_one_customer_do_not_make_a_column_revealing():
    calls = [replace(call, group="only" if call.label else call.group) for call in conversations(COUNT)]
    calls = with_category(calls, lambda number, call: "gold" if call.group == "only" else None)
    assert not [what for guard, what in fired(calls) if guard == "revealing_column"]


def test_where_nearly_all_calls_are_lost_a_rare_column_of_lost_calls_is_no_wonder():
    calls = [replace(call, label=int(number % 20 == 0)) for number, call in enumerate(conversations(COUNT))]
    assert fired(with_category(calls, lambda number, call: "x" if number % 10 == 1 else None)) == []


def test_history_is_mended_by_its_dates():
    calls = [
        replace(c, numbers={"history.earlier_won": 5.0 * c.label + n % 3}) for n, c in enumerate(conversations(60))
    ]
    assert "check the dates" in findings(calls, halves(60), [])[0]["text"]


def test_the_same_transcript_on_both_sides_fires_and_names_both_calls():
    calls = conversations(COUNT)
    calls[100] = replace(calls[100], turns=tuple(Turn(turn.role, turn.text.upper()) for turn in calls[3].turns))
    [found] = findings(calls, halves(), [])
    assert (found["guard"], found["what"]) == ("copied_transcript", "1")
    assert "call 100 and call 3" in found["text"]


def test_the_same_transcript_twice_on_one_side_is_no_leak():
    calls = conversations(COUNT)
    calls[5] = replace(calls[5], turns=calls[3].turns)
    assert fired(calls) == []


def test_a_customer_on_both_sides_fires():
    calls = conversations(COUNT)
    calls[100] = replace(calls[100], group="customer 1")
    assert fired(calls) == [("shared_customer", "1")]


def test_customers_whom_the_examples_do_not_name_can_be_given():
    calls = [replace(call, group="") for call in conversations(COUNT)]
    assert fired(calls) == []
    assert fired(calls, customers=[f"customer {number % 60}" for number in range(COUNT)]) == [("shared_customer", "60")]


def test_turns_said_after_the_outcome_was_known_fire():
    calls = conversations(COUNT)
    calls[7] = replace(calls[7], turns_after_outcome=2)
    [found] = findings(calls, halves(), [])
    assert (found["guard"], found["what"]) == ("said_after_outcome", "1")
    assert "In 1 call (call 7) 2 turns were said after the outcome was known" in found["text"]


@pytest.mark.parametrize(
    ("base", "length", "fires"),
    [
        ((-0.1, -0.12, -0.08), (-0.005, -0.008, -0.002), True),  # within a hundredth
        ((-0.1, -0.12, -0.08), (-0.03, -0.07, 0.01), True),  # could be chance
        ((-0.1, -0.12, -0.08), (-0.05, -0.07, -0.03), False),
        ((-0.01, -0.03, 0.01), (-0.005, -0.008, -0.002), False),  # the model claims nothing
        ((None, None, None), (-0.005, -0.008, -0.002), False),
    ],
)
def test_length_fires_where_it_is_nearly_as_good_as_a_model_that_claims_something(base, length, fires):
    paired = [gap("base_rate", *base), gap("length_only", *length)]
    assert fired(conversations(COUNT), paired) == ([("length_alone", "length_only")] if fires else [])


def test_the_report_of_a_training_carries_what_fired():
    calls = with_category(conversations(COUNT), lambda number, call: "closed" if call.label else "open")
    trained = train(calls, TrainConfig(encoder="hashing", bootstraps=50), progress=lambda *line: None)
    assert [found["what"] for found in trained.report["guards"]] == ["stage"]
