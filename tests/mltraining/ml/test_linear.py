import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from mltraining.ml.linear import fit_chosen, fit_logistic, likely_strength, narrowed, sigmoid


def wide(rows=60, columns=150):
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(rows, columns)) / 10
    return matrix, (matrix[:, 0] * 30 + generator.normal(size=rows) > 0).astype(int)


def test_turning_wide_rows_changes_no_fit():
    matrix, labels = wide()
    turned, back = narrowed(matrix)
    direct, there = fit_logistic(matrix, labels, 1.0), fit_logistic(turned, labels, 1.0)
    assert turned.shape[1] <= 60
    assert back(there.weights) == pytest.approx(direct.weights, abs=1e-3)
    assert there.bias == pytest.approx(direct.bias, abs=1e-3)


@pytest.mark.parametrize("strength", [0.01, 1.0, 30.0])
def test_the_fit_is_that_of_scikit_learn(strength):
    matrix, labels = wide(200, 12)
    ours = fit_logistic(matrix, labels, strength)
    theirs = LogisticRegression(C=strength, tol=1e-8, max_iter=1000).fit(matrix, labels)
    assert ours.weights == pytest.approx(theirs.coef_[0], abs=2e-3)
    assert ours.bias == pytest.approx(theirs.intercept_[0], abs=2e-3)


def test_sparse_columns_are_fitted_alike():
    matrix, labels = wide()
    dense, sparse = fit_logistic(matrix, labels, 1.0), fit_logistic(csr_matrix(matrix), labels, 1.0)
    assert sparse.weights == pytest.approx(dense.weights, abs=2e-3)


def test_perfectly_told_labels_stay_finite():
    scores = np.linspace(-3, 3, 40)
    fitted = fit_logistic(scores[:, None], (scores > 0).astype(int), 100.0)
    assert np.isfinite(fitted.weights).all()


def test_of_one_class_nothing_but_the_base_rate_is_learned():
    fitted = fit_logistic(np.ones((5, 2)), np.ones(5, dtype=int), 1.0)
    assert not fitted.weights.any()
    assert 0.5 < sigmoid(fitted(np.zeros((1, 2))))[0] < 1


def test_only_fresh_rows_judge():
    matrix, labels = wide()
    fresh = np.arange(60) % 3 == 0
    chosen = fit_chosen(matrix, labels, np.arange(60), fresh=fresh, strengths=(0.1, 1.0), folds=4)
    assert (np.isfinite(chosen.out_of_fold) == fresh).all()
    assert chosen.strength in (0.1, 1.0)


def test_out_of_fold_scores_do_not_know_their_own_label():
    generator = np.random.default_rng(0)
    noise, labels = generator.normal(size=(200, 300)), np.arange(200) % 2
    chosen = fit_chosen(noise, labels, np.arange(200), fresh=np.ones(200, bool), strengths=(10.0,), folds=5)
    own = np.mean((chosen.score(noise) > 0) == labels)
    held_out = np.mean((chosen.out_of_fold > 0) == labels)
    assert own > 0.95
    assert held_out < 0.65


STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)


def test_strengths_that_held_out_rows_cannot_tell_apart_give_the_middle_one():
    assert STRENGTHS[likely_strength(np.array([40.0, 40.3, 40.2, 40.1, 40.2]), STRENGTHS)] == 1.0


def test_a_strength_that_held_out_rows_speak_for_is_taken_even_at_an_end():
    assert STRENGTHS[likely_strength(np.array([400.0, 412.0, 425.0, 440.0, 470.0]), STRENGTHS)] == 0.01
