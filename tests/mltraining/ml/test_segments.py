import numpy as np
import pytest

from mltraining.ml.example import Example, Turn
from mltraining.ml.extremes import extremes
from mltraining.ml.metrics import FoldScores, auc
from mltraining.ml.segments import FEWEST, segment_rows

COUNT = 90


def told(words):
    return Example("a", turns=(Turn("rep", "word " * words),))


@pytest.fixture
def scored():
    """Examples of 1 to 90 words, tested in two folds."""
    generator = np.random.default_rng(0)
    said = generator.uniform(0.1, 0.9, COUNT)
    labels = (generator.random(COUNT) < said).astype(int)
    halves = np.array_split(np.arange(COUNT), 2)
    return [told(words + 1) for words in range(COUNT)], [FoldScores(i, labels[i], said[i], i) for i in halves]


def rows_of(scored, values):
    rows = segment_rows({"language": values}, *scored, draws=50)
    return {row["value"]: row for row in rows if row["kind"] == "language"}, rows


def test_a_segment_is_measured_over_its_rows_of_all_folds(scored):
    _, folds = scored
    rows, _ = rows_of(scored, ["en" if row % 2 else "de" for row in range(COUNT)])
    labels = np.concatenate([fold.labels for fold in folds])[1::2]
    said = np.concatenate([fold.probabilities for fold in folds])[1::2]
    assert (rows["en"]["n"], rows["en"]["won"]) == (45, labels.sum())
    assert rows["en"]["auc"] == pytest.approx(auc(labels, said))
    assert (rows["en"]["mean_predicted"], rows["en"]["observed"]) == (pytest.approx(said.mean()), labels.mean())
    assert rows["en"]["auc_low"] < rows["en"]["auc"] < rows["en"]["auc_high"]
    assert rows["en"]["ece_noise"] > 0


def test_a_segment_that_is_too_small_has_counts_and_no_numbers(scored):
    rows, _ = rows_of(scored, ["it" if row < FEWEST - 1 else "en" for row in range(COUNT)])
    assert (rows["it"]["n"], rows["it"]["too_small"]) == (19, True)
    assert rows["it"]["brier"] is rows["it"]["observed"] is rows["it"]["auc"] is None


def test_with_too_few_of_one_outcome_there_is_no_ranking_but_a_brier_score(scored):
    examples, [fold, _] = scored
    lost = FoldScores(fold.index, np.zeros_like(fold.labels), fold.probabilities, fold.groups)
    rows = segment_rows({"rep": ["7"] * 22 + ["8"] * 68}, examples, [lost], draws=50)
    assert rows[0]["auc"] is None
    assert rows[0]["brier"] > 0


def test_the_commonest_comes_first_and_the_unknown_last(scored):
    values = ["" if row < 40 else "de" if row < 60 else "en" for row in range(COUNT)]
    assert list(rows_of(scored, values)[0]) == ["en", "de", ""]


def test_a_kind_with_one_value_is_left_out(scored):
    assert rows_of(scored, ["en"] * COUNT)[0] == {}


def test_thirds_by_length_name_their_words(scored):
    _, rows = rows_of(scored, [""] * COUNT)
    assert [(row["kind"], row["value"], row["n"]) for row in rows] == [
        ("length", "1-30", 30), ("length", "31-60", 30), ("length", "61-90", 30),
    ]  # fmt: skip


def test_the_most_wrong_are_lost_ones_scored_high_and_won_ones_scored_low(scored):
    examples, folds = scored
    found = extremes(examples, folds, count=3)
    for side, outcome, sign in (("over", 0, -1), ("under", 1, 1)):
        rows = found[side]
        assert [row["outcome"] for row in rows] == [outcome] * 3
        said = np.concatenate([fold.probabilities[fold.labels == outcome] for fold in folds])
        assert [row["probability"] for row in rows] == (sign * np.sort(sign * said)[:3]).tolist()
        assert all(row["words"] == row["row"] + 1 for row in rows)
