import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from mltraining.ml.protocols import PROTOCOLS, ProtocolError, sampled_groups

LABELS = np.arange(60) % 3 % 2
GROUPS = np.arange(60) // 2
PARTS = ["train"] * 40 + ["val"] * 10 + ["test"] * 10


def folds(name, groups=GROUPS, parts=PARTS, count=5):
    return PROTOCOLS[name](LABELS, groups, parts, count, 0)


def test_split_takes_the_published_parts():
    (fold,) = folds("split")
    assert (len(fold.train), len(fold.validation), len(fold.test)) == (40, 10, 10)


def test_split_without_parts_is_refused():
    with pytest.raises(ProtocolError, match="train"):
        folds("split", parts=[""] * 60)


def test_time_trains_on_the_first_two_thirds_without_the_groups_that_come_again():
    groups = GROUPS.copy()
    groups[0] = groups[59]
    (fold,) = folds("time", groups)
    assert fold.test.tolist() == list(range(40, 60))
    assert fold.train.tolist() == list(range(1, 40))


def test_the_folds_of_the_published_numbers_are_exactly_those():
    expected = StratifiedKFold(5, shuffle=True, random_state=1234).split(np.zeros(60), LABELS)
    for fold, (_, test) in zip(folds("eacl2021", count=3), expected, strict=True):
        assert fold.test.tolist() == test.tolist()


def test_one_group_cannot_be_folded():
    with pytest.raises(ProtocolError, match="two groups"):
        folds("grouped-kfold", np.zeros(60, dtype=int))


@pytest.mark.parametrize("limit", [1, 7, 20, 500])
def test_a_sample_takes_whole_groups_in_order(limit):
    rows = sampled_groups(GROUPS, limit, seed=3)
    assert rows.tolist() == sorted(rows)
    assert len(rows) <= max(limit, 2)
    assert all(np.isin(np.flatnonzero(group == GROUPS), rows).all() for group in GROUPS[rows])
