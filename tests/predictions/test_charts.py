from hypothesis import given
from hypothesis import strategies as st

from predictions import charts
from predictions.models import Band

BANDS = [Band(letter=letter, lower=lower) for letter, lower in zip("ABCD", (0.75, 0.5, 0.25, 0.0), strict=True)]


def test_bands_fill_the_scale_without_overlap():
    scale = charts.scale(0.62, BANDS, base_rate=0.4)
    assert [(area.letter, area.x, area.width) for area in scale.areas] == [
        ("A", 75, 25), ("B", 50, 25), ("C", 25, 25), ("D", 0, 25),
    ]  # fmt: skip
    assert (scale.value, scale.base_rate) == (62, 40)


def test_a_line_needs_two_values_and_survives_equal_ones():
    assert charts.line([1.0]) is None
    assert charts.line([3.0, 3.0, 3.0]).points


def test_reliability_leaves_out_what_has_no_number():
    dots = charts.reliability([{"mean_predicted": 0.2, "observed": None}, {"mean_predicted": 0.5, "observed": 0.6}])
    assert [(dot.x, dot.y) for dot in dots] == [(50, 40)]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=4))
def test_values_over_the_share_heard_stay_within_their_axis(values):
    axes = charts.over_share(list(zip((0.25, 0.5, 0.75, 1.0), values, strict=False)), 0.5, 1.0)
    assert all(0 <= reading.y <= 100 for reading in axes.readings)
    highest, _, lowest = (tick.value for tick in axes.up)
    assert highest >= max(values)
    assert lowest <= min(values) + 1e-9


@given(st.lists(st.floats(0, 50), min_size=2, max_size=450))
def test_the_training_curve_stays_in_its_box_and_tells_both_ends(losses):
    curve = charts.loss_curve([{"step": step, "loss": loss} for step, loss in enumerate(losses, start=1)])
    for line in (curve.each, curve.mean):
        points = [tuple(map(float, point.split(","))) for point in line.split()]
        assert len(points) == len(losses)
        assert all(-0.01 <= x <= 100.01 and -0.01 <= y <= 100.01 for x, y in points)
    assert (curve.told[0][0], curve.told[-1][0]) == (1, len(losses))
    assert curve.validation == ""


def test_one_step_makes_no_training_curve():
    assert charts.loss_curve([{"step": 1, "loss": 2.0}]) is None
