"""Augmented calls are still the same call: some turns of it, in order."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.augment import augmented, prefix_cut, role_masking, shortened, turn_dropout
from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Example, Turn
from mltraining.ml.windows import passages_in, windows_of

SEEDS = st.integers(0, 10_000)
CALLS = st.lists(st.sampled_from(["rep", "customer"]), min_size=1, max_size=10).map(
    lambda roles: Example(
        "call",
        tuple(Turn(role, f"word{place}") for place, role in enumerate(roles)),
        statistic_names=("place",),
        statistics=np.arange(len(roles), dtype=float)[:, None],
        label=1,
    )
)
ALL = replace(TrainConfig(), prefix_cut_share=0.5, turn_dropout=0.5, role_masking=0.5)


@given(CALLS, SEEDS)
def test_a_cut_call_is_a_prefix(call, seed):
    cut = prefix_cut(call, np.random.default_rng(seed))

    assert 1 <= len(cut.turns) <= len(call.turns)
    assert cut.turns == call.turns[: len(cut.turns)]


@given(CALLS, SEEDS)
def test_dropped_turns_leave_the_others_in_order_with_their_statistics(call, seed):
    left = turn_dropout(call, 0.5, np.random.default_rng(seed))

    assert [f"word{place:.0f}" for place in left.statistics[:, 0]] == [turn.text for turn in left.turns]


@given(CALLS)
def test_masked_roles_keep_the_words(call):
    masked = role_masking(call)

    assert {turn.role for turn in masked.turns} == {"other"}
    assert [turn.text for turn in masked.turns] == [turn.text for turn in call.turns]


@given(CALLS, SEEDS)
def test_something_is_always_left_to_read(call, seed):
    changed = augmented(call, ALL, np.random.default_rng(seed))

    assert changed.words
    assert changed.label == call.label


@given(CALLS, SEEDS)
def test_nothing_changes_by_default_shares_of_zero(call, seed):
    none = replace(TrainConfig(), prefix_cut_share=0.0, turn_dropout=0.0, role_masking=0.0)

    assert augmented(call, none, np.random.default_rng(seed)).turns == call.turns


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20), st.integers(1, 100), st.integers(5, 40), SEEDS)
def test_a_shortened_call_keeps_its_end_its_order_and_its_size(sizes, tokens, passage, seed):
    turns = [Turn("", "word " * size) for size in sizes]
    windows = windows_of(turns, passage_tokens=passage, context_tokens=4)
    *_, end = passages_in(windows)

    kept = shortened(windows, tokens, np.random.default_rng(seed))

    assert kept[-(end.stop - end.start) :] == windows[end]
    assert [window.first_turn for window in kept] == sorted(window.first_turn for window in kept)
    costs = [kept[place.stop - 1].tokens for place in passages_in(kept)]
    assert len(costs) == 1 or sum(costs) <= tokens
