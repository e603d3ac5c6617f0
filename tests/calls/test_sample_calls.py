"""The simulator knows the probability behind every outcome, and gives it away nowhere but in `extra`."""

import gzip
import json
from datetime import UTC, datetime

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from sklearn.metrics import roc_auc_score

from calls.sample_calls import causes
from calls.sample_calls.simulate import sample_calls
from calls.sample_calls.wordings import CUSTOMER_SAYS

UNTIL = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows():
    return list(sample_calls(3000, 11, until=UNTIL))


@pytest.fixture(scope="module")
def outcomes(rows):
    return np.array([row["outcome"] for row in rows])


def test_the_same_seed_gives_the_same_calls(rows):
    assert list(sample_calls(3000, 11, until=UNTIL)) == rows


def test_calls_have_20_to_80_turns_and_come_in_order_of_time(rows):
    assert {20 <= len(row["turns"]) <= 80 for row in rows} == {True}
    assert [row["started_at"] for row in rows] == sorted(row["started_at"] for row in rows)


def test_the_best_possible_prediction_reaches_about_085(rows, outcomes):
    assert 0.82 < roc_auc_score(outcomes, [row["extra"]["best_probability"] for row in rows]) < 0.88


def test_the_length_of_a_call_says_next_to_nothing(rows, outcomes):
    assert 0.4 < roc_auc_score(outcomes, [len(row["turns"]) for row in rows]) < 0.6


def test_best_probability_is_calibrated(rows, outcomes):
    best = np.array([row["extra"]["best_probability"] for row in rows])
    for part in np.array_split(np.argsort(best), 6):
        assert best[part].mean() == pytest.approx(outcomes[part].mean(), abs=0.06)


def test_everything_voiced_leaves_nothing_to_guess():
    metadata = {"source": "referral", "segment": "small"}
    voiced = {"need": 1, "authority": -1, "budget": 1, "timing": 0, "competitor": 0, "conduct": 1}
    assert causes.best_probability(voiced, metadata) == pytest.approx(causes.true_probability(voiced, metadata))


def test_cause_turns_point_at_the_words_of_the_cause(rows):
    row = next(row for row in rows if "need" in row["extra"]["cause_turns"])
    said = row["turns"][row["extra"]["cause_turns"]["need"][0]]
    assert said["speaker"] == "customer"


def test_late_wordings_are_heard_in_the_last_third_only(rows):
    late = [wording for directions in CUSTOMER_SAYS.values() for _, late in directions.values() for wording in late]
    plain = {wording for wording in late if "{" not in wording}
    heard = [number for number, row in enumerate(rows) if plain & {turn["text"] for turn in row["turns"]}]
    assert heard
    assert min(heard) >= len(rows) * 2 / 3


def test_open_calls_have_no_outcome_yet():
    rows = list(sample_calls(30, 1, until=UNTIL, open_calls=5))
    assert [row["outcome"] is None for row in rows] == [False] * 25 + [True] * 5


def test_the_command_writes_a_file_of_the_dataset_shape(tmp_path):
    call_command("make_sample_calls", count=3, seed=2, out=str(tmp_path / "calls.jsonl.gz"))
    lines = gzip.decompress((tmp_path / "calls.jsonl.gz").read_bytes()).splitlines()
    assert {"id", "group", "split", "turns", "metadata", "outcome", "extra"} <= set(json.loads(lines[0]))


@pytest.mark.parametrize("options", [{"count": 0}, {"count": 2, "open": 3}, {"count": 2, "until": "tomorrow"}])
def test_the_command_refuses_what_makes_no_sense(options):
    with pytest.raises(CommandError):
        call_command("make_sample_calls", **options)
