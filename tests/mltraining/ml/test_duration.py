"""How long a training takes, on a clock of the test's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.config import TrainConfig
from mltraining.ml.duration import PARTS, READING, TUNING, Course, Workload
from mltraining.ml.planning import CPU_RATE, GPU_RATE, Plan, Size, planned

DEEP = Workload(calls=100, tokens=60_000, tune="full", steps=50, step_tokens=6_000, rounds=1, rate=2_000, why="")
SPEED = {"starting": 0.1, "reading": 6_000, "tuning": 3_000, "judging": 20, "evaluating": 10}
# by hand: 10 s of start, 10 of reading, 100 of steps and 10 of reading anew, 10 of heads, 20 of evaluation
SECONDS = {"start": 10, "read": 10, "fine-tune": 110, "classify": 10, "evaluate": 20}


class Hands:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def course(hands) -> Course:
    """Ten seconds after its start, when it is known what there is to do."""
    begun = Course(hands)
    hands.now += 10
    begun.foresee(DEEP, SPEED)
    begun.reached("prepare", 0.1)
    return begun


def test_seconds_are_work_over_speed():
    assert DEEP.seconds(SPEED) == SECONDS


def test_folds_fine_tune_and_read_again():
    folds = Workload(**{**DEEP.to_dict(), "rounds": 4})
    assert folds.seconds(SPEED)["evaluate"] == 3 * 110 + 3 * 3 * 100 / 10


@given(st.lists(st.floats(0.8, 1.25), min_size=5, max_size=5), st.integers(1, 4))
def test_the_speed_that_was_measured_tells_the_same_seconds_again(factors, rounds):
    work = Workload(**{**DEEP.to_dict(), "rounds": rounds})
    speed = {kind: SPEED[kind] * factor for kind, factor in zip(SPEED, factors, strict=True)}
    assert work.measured(work.seconds(speed)) == pytest.approx(speed)


def test_what_is_not_known_yet_is_not_told(hands):
    assert Course(hands).left() is None


def test_before_its_own_steps_earlier_runs_tell_the_time_left(course):
    assert course.left() == 150


def test_reading_tells_how_fast_it_will_read_again(course, hands):
    hands.now += 10
    course.reached("prepare", 0.55)  # half, in twice the expected time
    assert course.left() == 10 + (100 + 20) + 10 + 20


def test_steps_tell_the_time_left_and_folds_follow_them(hands):
    course = Course(hands)
    course.foresee(Workload(**{**DEEP.to_dict(), "rounds": 2}), SPEED)
    course.reached("prepare", 1.0)
    course.reached("fine-tune", 0.0)
    course.reached("fine-tune", 0.1)
    hands.now += 45
    course.reached("fine-tune", 0.6)
    assert course.left() == pytest.approx(36 + 10 + (90 + 30))


def test_a_resumed_fine_tuning_counts_its_own_steps_only(course, hands):
    hands.now += 10
    course.reached("fine-tune", 0.0)
    course.reached("fine-tune", 0.8)
    hands.now += 10
    course.reached("fine-tune", 0.9)
    assert course.left() == pytest.approx(10 + 10 + 20)
    course.reached("classify", 0.0)
    assert course.seconds[TUNING] == pytest.approx(50)


def test_a_part_that_takes_longer_than_expected_is_nearly_done(course, hands):
    hands.now += 500
    assert course.left() == 140
    assert course.seconds.keys() == {"start"}


def test_every_part_is_timed_in_order(course, hands):
    for stage, share in [("prepare", 1.0), ("fine-tune", 0.0), ("classify", 0.5), ("calibrate", 1.0), ("evaluate", 0)]:
        course.reached(stage, share)
        hands.now += 7
    course.reached("register", 0.0)
    course.close()
    assert list(course.seconds) == list(PARTS)
    assert (course.seconds[READING], course.seconds["classify"]) == (7, 14)


@pytest.mark.parametrize(("rate", "tune"), [(CPU_RATE, "projection"), (GPU_RATE, "full")])
def test_what_is_tuned_follows_from_data_and_device_and_is_said(rate, tune):
    size = Size(np.full(1_000, 600.0), np.full(1_000, 40.0))
    plan = planned(size, "minilm", rate, TrainConfig(), rounds=1, minutes=10)
    assert plan.tune == tune
    assert ("budget_minutes is 10" in plan.why) == (tune == "projection")


def test_a_policy_that_was_asked_for_stays():
    size = Size(np.full(1_000, 600.0), np.full(1_000, 40.0))
    assert planned(size, "minilm", CPU_RATE, TrainConfig(tune="top-2", steps=9), minutes=1).steps == 9
    assert planned(size, "hashing", CPU_RATE, TrainConfig()) == Plan("none", 0, "The encoder stays as it is.")
