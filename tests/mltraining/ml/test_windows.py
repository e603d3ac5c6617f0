"""Windows look only backwards, lose no word, and keep to their size."""

from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.example import Turn
from mltraining.ml.windows import passages_in, token_cost, tokens_in, windows_of

TURNS = st.lists(st.builds(Turn, st.sampled_from(["rep", "customer", "other"]), st.text(max_size=60)), max_size=8)
SIZES = st.integers(1, 12)


@given(TURNS, SIZES, st.integers(0, 30), st.integers(0, 12), st.integers(0, 8))
def test_windows_of_a_prefix_are_a_prefix_of_the_windows(turns, size, passage, context, cut):
    sizes = {"window_tokens": size, "passage_tokens": passage, "context_tokens": context}
    whole = windows_of(turns, **sizes)
    prefix = windows_of(turns[:cut], **sizes)

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


@given(TURNS, st.integers(1, 30), st.integers(0, 12))
def test_a_window_sees_the_last_that_was_said_and_a_passage_keeps_to_its_size(turns, passage, context):
    said: list[str] = []
    for window in windows_of(turns, window_tokens=6, passage_tokens=passage, context_tokens=context):
        seen = " ".join(window.before).split()
        assert seen == said[len(said) - len(seen) :]
        assert tokens_in(" ".join(seen)) <= max(passage, context)
        said += window.reading.split()


@given(TURNS, st.integers(1, 30), st.integers(0, 12))
def test_a_passage_ends_only_where_it_is_full(turns, passage, context):
    windows = windows_of(turns, window_tokens=6, passage_tokens=passage, context_tokens=context)
    places = list(passages_in(windows))
    assert [row for place in places for row in range(place.start, place.stop)] == list(range(len(windows)))
    for place in places[1:]:
        last = windows[place.start - 1]
        following = windows[place.start].reading
        assert sum(map(tokens_in, (*last.before, last.reading, following))) > passage


def test_a_turn_is_a_window_and_says_who_speaks():
    windows = windows_of([Turn("rep", "Good morning."), Turn("customer", "  "), Turn("customer", "Too expensive.")])

    assert [window.reading for window in windows] == ["rep: Good morning.", "customer: Too expensive."]
    assert [window.first_turn for window in windows] == [0, 2]


def test_a_script_without_spaces_is_cut_between_letters():
    windows = windows_of([Turn("customer", "价格太高了" * 10)], window_tokens=20)

    assert [len(window.text) for window in windows] == [20, 20, 10]
