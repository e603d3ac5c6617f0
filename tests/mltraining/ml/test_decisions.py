import numpy as np
import pytest

from mltraining.ml.config import TrainConfig
from mltraining.ml.decisions import confusion, threshold_table
from mltraining.ml.metrics import FoldScores
from mltraining.ml.report import without_nan

LABELS = np.array([0, 0, 1, 0, 1, 1])
SAID = np.array([0.1, 0.3, 0.4, 0.6, 0.7, 0.9])


def fold(labels=LABELS, said=SAID, threshold=0.5):
    return FoldScores(np.arange(len(labels)), labels, said, np.arange(len(labels)), threshold)


def table(limits, folds=None, **config):
    found = threshold_table(folds or [fold()], limits, TrainConfig(**config))
    return found, {row["rule"]: row for row in found["rows"]}


def test_rows_at_the_threshold_count_as_called_likely():
    assert confusion([fold(threshold=0.6)]) == {"tp": 2, "fp": 1, "tn": 2, "fn": 1}


def test_each_rule_has_its_own_hits_and_cost():
    limits = [{"f1": 0.35, "cost": 0.65}]
    found, rows = table(limits, cost_false_positive=1.0, cost_false_negative=4.0)
    assert (rows["f1"]["flagged"], rows["f1"]["recall"], rows["f1"]["cost"]) == (4, 1.0, 1.0)
    assert (rows["cost"]["flagged"], rows["cost"]["precision"], rows["cost"]["cost"]) == (2, 1.0, 4.0)
    assert rows["f1"]["f1"] == pytest.approx(6 / 7)
    assert (found["n"], found["cost_of_all"], found["cost_of_none"]) == (6, 3.0, 12.0)


@pytest.mark.parametrize("rule", ["f1", "cost"])
def test_the_rule_of_the_configuration_is_the_one_in_use(rule):
    _, rows = table([{"f1": 0.35, "cost": 0.5}], threshold=rule)
    assert [name for name, row in rows.items() if row["in_use"]] == [rule]


def test_each_fold_is_decided_at_its_own_threshold():
    limits = [{"f1": 0.35, "cost": 0.5}, {"f1": 0.95, "cost": 0.5}]
    _, rows = table(limits, [fold(), fold()])
    assert rows["f1"]["flagged"] == 4
    assert (rows["f1"]["threshold"], rows["f1"]["threshold_low"]) == (pytest.approx(0.65), 0.35)


def test_the_counts_at_each_percent_are_those_of_one_line_for_all_folds():
    found, _ = table([{"f1": 0.35, "cost": 0.5}] * 2, [fold(), fold(threshold=0.95)])
    assert len(found["at_percent"]) == 101
    assert found["at_percent"][0] == [6, 6, 0, 0]
    assert found["at_percent"][60] == [4, 2, 2, 4]  # a row at 60 % counts as called likely
    assert found["at_percent"][61] == [4, 0, 2, 6]
    assert found["at_percent"][100] == [0, 0, 6, 6]


def test_where_nothing_is_flagged_there_is_no_precision():
    found, _ = table([{"f1": 1.0, "cost": 1.0}])
    assert without_nan(found)["rows"][0]["precision"] is None
