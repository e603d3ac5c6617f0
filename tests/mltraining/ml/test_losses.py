"""Each loss on vectors whose answer can be worked out by hand; nothing to learn is zero, not NaN."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mltraining.ml.losses import LOSSES, classification

EAST, NORTH, WEST = [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]
LABELS = st.lists(st.integers(0, 1), min_size=1, max_size=8)


def loss(name, vectors, labels, **options):
    return LOSSES[name](torch.tensor(vectors), torch.tensor(labels), **options).item()


def test_supcon_by_hand():
    """Two anchors have a like partner: it is at 1, the unlike at 0, so each share is e / (e + 1)."""
    expected = math.log((math.e + 1) / math.e)

    assert loss("supcon", [EAST, EAST, NORTH], [1, 1, 0], temperature=1.0) == pytest.approx(expected)


def test_supcon_averages_over_like_partners_outside_the_logarithm():
    """From each east, partners at 1 and 0 and an unlike at -1; from the north, partners at 0 and an unlike at 0."""
    everything = math.e + 1 + 1 / math.e
    from_east = -(math.log(math.e / everything) + math.log(1 / everything)) / 2
    from_north = math.log(3)

    found = loss("supcon", [EAST, EAST, NORTH, WEST], [1, 1, 1, 0], temperature=1.0)

    assert found == pytest.approx((2 * from_east + from_north) / 3)


def test_contrastive_by_hand():
    """Like at distance 2: 4 / 2. Unlike at distance 0 twice: 1 / 2 and, to the far one, nothing."""
    found = loss("contrastive", [EAST, WEST, EAST], [1, 1, 0], margin=1.0)

    assert found == pytest.approx((2 + 0.5 + 0) / 3, abs=1e-3)


def test_triplet_by_hand():
    """The farthest like is the root of 2 away; the nearest unlike of the easts 0, of the north the root of 2."""
    root = math.sqrt(2)

    found = loss("triplet", [EAST, NORTH, EAST], [1, 1, 0], margin=0.3)

    assert found == pytest.approx(((root - 0 + 0.3) + (root - root + 0.3)) / 2, abs=1e-3)


def test_ranking_by_hand():
    """The like one is at 1, the unlike at 0 and at -1."""
    expected = math.log((math.e + 1 + 1 / math.e) / math.e)

    found = LOSSES["ranking"](
        torch.tensor([EAST, EAST, NORTH, WEST]), torch.tensor([1, 1, 0, 2]), temperature=1.0
    ).item()

    assert found == pytest.approx(expected)


def test_classification_by_hand():
    assert classification(torch.tensor([0.0, 0.0]), torch.tensor([0, 1])).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("labels", [[1], [1, 1, 1], [0, 1]], ids=["one call", "one class", "no like pair"])
def test_nothing_to_learn_is_zero_with_gradients_of_zero(name, labels):
    vectors = torch.tensor([EAST, NORTH, WEST][: len(labels)], requires_grad=True)

    LOSSES[name](vectors, torch.tensor(labels)).backward()

    assert LOSSES[name](vectors, torch.tensor(labels)).item() == 0
    assert not vectors.grad.any()


@pytest.mark.parametrize("name", LOSSES)
@given(LABELS, st.integers(0, 1000), st.booleans())
def test_any_batch_has_a_finite_loss_and_finite_gradients(name, labels, seed, all_alike):
    drawn = torch.randn(len(labels), 4, generator=torch.Generator().manual_seed(seed))
    raw = (drawn[:1].repeat(len(labels), 1) if all_alike else drawn).requires_grad_()

    value = LOSSES[name](torch.nn.functional.normalize(raw, dim=1), torch.tensor(labels))
    value.backward()

    assert torch.isfinite(value)
    assert value >= 0
    assert torch.isfinite(raw.grad).all()


@pytest.mark.parametrize("name", LOSSES)
def test_calls_apart_by_outcome_cost_less_than_calls_mixed(name):
    apart = loss(name, [EAST, EAST, WEST, WEST], [1, 1, 0, 0])
    mixed = loss(name, [EAST, WEST, EAST, WEST], [1, 1, 0, 0])

    assert apart < mixed
