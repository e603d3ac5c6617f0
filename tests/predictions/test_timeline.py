from hypothesis import given
from hypothesis import strategies as st

from calls.models import Comment, Turn
from predictions.models import Band
from predictions.timeline import MOST_COLUMNS, timeline

BANDS = [Band(letter=letter, lower=lower) for letter, lower in zip("ABCD", (0.75, 0.5, 0.25, 0.0), strict=True)]
probabilities = st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=700)


def turns(count, *, text="Yes, of course.", times=()):
    return [
        Turn(index=index, role="rep" if index % 3 else "customer", text=text, start=start, end=start)
        for index, start in zip(range(count), [*times, *[None] * count], strict=False)
    ]


def drawn(spoken, values=(), hits=()):
    return timeline(spoken, values, BANDS, hits)


@given(probabilities)
def test_the_curve_stays_in_its_box_and_covers_the_call(values):
    made = drawn(turns(len(values)), values)
    points = [tuple(map(float, point.split(","))) for line in made.lines for point in line.split()]
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in points)
    assert len(made.columns) <= MOST_COLUMNS
    assert made.columns[-1].turn == len(values) - 1
    assert abs(sum(column.width for column in made.columns) - 100) < 0.5


@given(st.lists(st.none() | st.floats(-5, 1e6), min_size=1, max_size=40))
def test_whatever_times_come_the_lanes_fill_the_width(times):
    made = drawn(turns(len(times), times=times))
    assert abs(sum(stretch.width for stretch in made.stretches) - 100) < 0.5


def test_without_a_turn_there_is_no_timeline():
    assert drawn([]) is None


def test_without_a_score_lanes_and_marks_stay_and_no_curve_is_drawn():
    made = drawn(turns(4, text="Really?"))
    assert (made.lines, made.known) == ([], [])
    assert len(made.stretches) == 3
    assert [row.title for row in made.rows] == ["Questions"]


def test_a_gap_in_the_probabilities_is_a_gap_in_the_line():
    assert len(drawn(turns(5), [0.2, 0.3, None, 0.4, 0.5]).lines) == 2


def test_a_turn_is_as_wide_as_it_lasts():
    made = drawn(turns(3, times=[0.0, 10.0, 40.0]))
    assert made.is_timed
    assert [(column.x, column.width) for column in made.columns] == [(0, 25), (25, 75), (100, 0)]


def test_without_times_a_turn_is_as_wide_as_its_words():
    made = drawn([Turn(index=0, role="rep", text="One two three"), Turn(index=1, role="customer", text="Four")])
    assert not made.is_timed
    assert [stretch.width for stretch in made.stretches] == [75, 25]


def test_stretches_join_turns_of_the_same_side_and_lead_to_the_first():
    made = drawn(turns(6))
    assert [(stretch.role, stretch.turn) for stretch in made.stretches] == [
        ("customer", 0), ("rep", 1), ("customer", 3), ("rep", 4),
    ]  # fmt: skip


def test_all_stretches_of_a_side_are_one_shape_in_its_own_lane():
    made = drawn(turns(6))
    assert [(lane.role, lane.path) for lane in made.lanes] == [
        ("rep", "M16.667 0h33.333v12h-33.333zM66.667 0h33.333v12h-33.333z"),
        ("customer", "M0.0 16h16.667v12h-16.667zM50.0 16h16.667v12h-16.667z"),
    ]
    assert made.lanes_height == 28


def test_trackers_questions_and_comments_are_marked_at_their_turns():
    spoken = turns(4)
    spoken[1].text = "What does it cost?"
    spoken[2].thread = [Comment(text="Good."), Comment(text="Yes.")]
    made = drawn(spoken, hits=[{"tracker": "Price", "kind": "price", "turn": 1, "phrase": "cost"}])
    assert {row.title: [(mark.turn, mark.text) for mark in row.marks] for row in made.rows} == {
        "Trackers": [(1, "Price: cost")],
        "Questions": [(1, "Question of the rep")],
        "Comments": [(2, "2 comments")],
    }


def test_a_call_of_any_length_has_no_more_marks_than_columns():
    made = drawn(turns(2000, text="And?"))
    assert len(made.rows[0].marks) <= MOST_COLUMNS
    assert made.rows[0].marks[0].text == "Question of the customer, and 9 more nearby"
