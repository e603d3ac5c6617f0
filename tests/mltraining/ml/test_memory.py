"""A batch that does not fit into memory is halved, and nobody sees it in the vectors."""

import numpy as np
import pytest
import torch

from mltraining.ml.sentence_encoder import SentenceEncoder
from mltraining.ml.windows import Window

WINDOWS = [Window(0, 0, "", f"hello price {number}") for number in range(9)]


@pytest.fixture
def encoder(tiny_bert) -> SentenceEncoder:
    return SentenceEncoder(tiny_bert, device="cpu", precision="fp32")


def with_room_for(passes: int, encoder: SentenceEncoder, monkeypatch) -> list[int]:
    """As on a GPU with little memory; gives the sizes of the batches that were tried."""
    tried, forward = [], encoder.forward

    def crowded(chosen):
        tried.append(len(chosen))
        if len(chosen) > passes:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(chosen)

    monkeypatch.setattr(encoder, "forward", crowded)
    return tried


def test_halved_batches_give_the_same_vectors(encoder, monkeypatch):
    whole = encoder.encode(WINDOWS)
    monkeypatch.setattr(encoder, "batches", lambda lengths: [np.arange(len(lengths))])
    tried = with_room_for(3, encoder, monkeypatch)
    np.testing.assert_allclose(encoder.encode(WINDOWS), whole, atol=1e-6)
    assert max(tried) > 3
    assert min(tried) <= 3


def test_what_does_not_fit_alone_is_an_error(encoder, monkeypatch):
    with_room_for(0, encoder, monkeypatch)
    with pytest.raises(torch.OutOfMemoryError):
        encoder.encode(WINDOWS)
