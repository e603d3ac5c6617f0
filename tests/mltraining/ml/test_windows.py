"""Windows look only backwards, lose no word, and keep to their size."""

from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.example import Turn
from mltraining.ml.windows import token_cost, windows_of

TURNS = st.lists(st.builds(Turn, st.sampled_from(["rep", "customer", "other"]), st.text(max_size=60)), max_size=8)
SIZES = st.integers(1, 12)


@given(TURNS, SIZES, st.integers(0, 12), st.integers(0, 8))
def test_windows_of_a_prefix_are_a_prefix_of_the_windows(turns, size, context, cut):
    whole = windows_of(turns, window_tokens=size, context_tokens=context)
    prefix = windows_of(turns[:cut], window_tokens=size, context_tokens=context)

    assert prefix == whole[: len(prefix)]
    assert all(window.first_turn >= cut for window in whole[len(prefix) :])


@given(TURNS, SIZES)
def test_no_word_is_lost(turns, size):
    said = "".join("".join(turn.text.split()) for turn in turns)

    assert "".join(window.text.replace(" ", "") for window in windows_of(turns, window_tokens=size)) == said


@given(TURNS, SIZES)
def test_a_window_keeps_to_its_size(turns, size):
    for window in windows_of(turns, window_tokens=size):
        assert 0 < sum(token_cost(word) for word in window.text.split()) <= size


@given(TURNS, st.integers(1, 12))
def test_context_is_the_last_that_was_said_and_keeps_to_its_size(turns, size):
    said: list[str] = []
    for window in windows_of(turns, context_tokens=size):
        context = window.context.split()
        assert context == said[len(said) - len(context) :]
        assert sum(token_cost(word) for word in context) <= size
        said += window.reading.split()


def test_a_turn_is_a_window_and_says_who_speaks():
    windows = windows_of([Turn("rep", "Good morning."), Turn("customer", "  "), Turn("customer", "Too expensive.")])

    assert [window.reading for window in windows] == ["rep: Good morning.", "customer: Too expensive."]
    assert [window.first_turn for window in windows] == [0, 2]


def test_a_script_without_spaces_is_cut_between_letters():
    windows = windows_of([Turn("customer", "价格太高了" * 10)], window_tokens=20)

    assert [len(window.text) for window in windows] == [20, 20, 10]
