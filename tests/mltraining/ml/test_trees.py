"""Boosted trees as arrays say what scikit-learn's say."""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from mltraining.ml.trees import TREES, TreeScore, fit_trees, trees_out_of_fold

GENERATOR = np.random.default_rng(0)
MATRIX = GENERATOR.normal(size=(600, 5))
LABELS = ((MATRIX[:, 0] * MATRIX[:, 1] > 0) ^ (GENERATOR.random(600) < 0.1)).astype(int)


def test_the_arrays_say_what_scikit_learn_says():
    model = HistGradientBoostingClassifier(**TREES, early_stopping=False, random_state=3).fit(MATRIX, LABELS)
    np.testing.assert_allclose(fit_trees(MATRIX, LABELS, 3)(MATRIX), model.decision_function(MATRIX), atol=1e-9)


def test_saved_and_restored_they_say_the_same():
    score = fit_trees(MATRIX, LABELS, 0)
    again = TreeScore.from_arrays(score.arrays("trees"), "trees")
    assert again is not None
    np.testing.assert_array_equal(again(MATRIX), score(MATRIX))
    assert TreeScore.from_arrays({}, "trees") is None


def test_out_of_fold_scores_find_an_interaction():
    said = trees_out_of_fold(MATRIX, LABELS, np.arange(600), folds=3, seed=0)
    assert np.mean((said > 0) == LABELS) > 0.75


def test_what_cannot_be_held_out_stays_unknown():
    of_one_customer = np.zeros(600, dtype=int)
    assert np.isnan(trees_out_of_fold(MATRIX, LABELS, of_one_customer, folds=3, seed=0)).all()


def test_no_rows_are_no_error():
    assert fit_trees(MATRIX, LABELS, 0)(MATRIX[:0]).shape == (0,)
