import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.example import Example, Turn
from mltraining.ml.split import grouped_folds, joined_groups, kept_apart, newest

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12)), min_size=4, max_size=80)


def arrays(rows):
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


@given(ROWS, st.integers(2, 6), st.integers(0, 5))
def test_folds_test_each_row_once_and_share_no_group(rows, folds, seed):
    labels, groups = arrays(rows)
    made = grouped_folds(labels, groups, folds, seed)
    assert len(made) == (0 if len(set(groups)) < 2 else min(folds, len(set(groups))))
    assert sorted(row for fold in made for row in fold.test) == (list(range(len(rows))) if made else [])
    for fold in made:
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert len(fold.train) + len(fold.test) == len(rows)


def test_both_classes_are_spread_evenly():
    labels = np.array([1] * 20 + [0] * 180)
    made = grouped_folds(labels, np.arange(200), 5, seed=0)
    assert [int(labels[fold.test].sum()) for fold in made] == [4] * 5


def test_the_seed_decides_the_folds():
    labels = np.arange(60) % 2
    first, again, other = (grouped_folds(labels, np.arange(60), 3, seed)[0].test.tolist() for seed in (0, 0, 1))
    assert first == again != other


@given(ROWS)
def test_the_newest_part_is_newer_and_shares_no_group(rows):
    _, groups = arrays(rows)
    times = np.random.default_rng(0).permutation(len(rows)).astype(float)
    fold = newest(times, groups, 0.25)
    assert not set(groups[fold.train]) & set(groups[fold.test])
    if len(fold.train) and len(fold.test):
        assert times[fold.train].max() < times[fold.test].min()


@given(ROWS)
def test_what_is_kept_apart_are_whole_groups(rows):
    labels, groups = arrays(rows)
    kept = kept_apart(labels, groups, 0.2, seed=0)
    assert not set(groups[kept]) & set(groups[~kept])


def test_customers_with_an_identical_transcript_stay_together():
    long = tuple(Turn("rep", "one two three four five six seven eight nine ten") for _ in range(4))
    short = (Turn("rep", "good bye"),)
    told = [("a", long), ("b", long), ("c", short), ("d", short)]
    examples = [Example(id=name, turns=turns, group=name) for name, turns in told]
    groups = joined_groups(examples)
    assert groups[0] == groups[1]
    assert len(set(groups.tolist())) == 3
