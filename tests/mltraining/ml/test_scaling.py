"""Scaled blocks weigh alike, and a score of scaled rows is also one of rows as they are."""

import numpy as np

from mltraining.ml.layers import ProjectionHead, Scaling
from mltraining.ml.linear import LinearScore
from mltraining.ml.scaling import Scale

GENERATOR = np.random.default_rng(0)
WIDTH = 4
ROWS = GENERATOR.normal(size=(50, 3 * WIDTH)) * np.repeat([10.0, 0.01, 0.0], WIDTH) + 3


def test_each_block_has_a_total_variance_of_one_or_none():
    scaled = Scale.learn(ROWS, WIDTH)(ROWS).reshape(50, 3, WIDTH)
    np.testing.assert_allclose(scaled.var(axis=0).sum(axis=1), [1, 1, 0], atol=1e-9)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)


def test_a_score_undone_says_the_same_of_rows_as_they_are():
    scale = Scale.learn(ROWS, WIDTH)
    score = LinearScore(GENERATOR.normal(size=3 * WIDTH), 0.5)
    np.testing.assert_allclose(scale.undone(score)(ROWS), score(scale(ROWS)), atol=1e-9)


def test_a_projection_of_scaled_blocks_becomes_one_of_blocks_as_they_are():
    import torch

    blocks = GENERATOR.normal(size=(6, 5 * 384)) * 3 + 1
    scaling = Scaling(5 * 384, Scale.learn(blocks))
    head = ProjectionHead()
    said = head(scaling(torch.tensor(blocks, dtype=torch.float32))).detach().numpy()
    np.testing.assert_allclose(head.as_arrays(scaling)(blocks), said, atol=1e-4)
