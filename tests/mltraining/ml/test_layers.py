"""New layers begin by changing nothing; policies open what they name."""

import numpy as np
import pytest
import torch

from mltraining.ml.encoder import encoder_for, load_encoder
from mltraining.ml.layers import Adapter, ProjectionHead, merged, opened
from mltraining.ml.projection import Projection
from mltraining.ml.windows import Window

WINDOWS = [Window(0, 0, "rep", "hello"), Window(1, 1, "customer", "no budget")]


def opened_share(tiny_bert, tune):
    transformer = opened(encoder_for(str(tiny_bert), device="cpu").transformer, tune)
    weights = list(transformer.parameters())
    return sum(weight.numel() for weight in weights if weight.requires_grad) / sum(w.numel() for w in weights)


def test_each_policy_opens_less_than_the_next(tiny_bert):
    frozen, lora, top, full = (opened_share(tiny_bert, tune) for tune in ("projection", "lora", "top-1", "full"))

    assert frozen == 0 < lora < top < full == 1


def test_low_rank_updates_are_merged_into_ordinary_weights(tiny_folder):
    encoder = encoder_for(str(tiny_folder), device="cpu")
    before, names = encoder.encode(WINDOWS), [name for name, _ in encoder.transformer.named_parameters()]
    encoder.transformer = opened(encoder.transformer, "lora")
    for name, weight in encoder.transformer.named_parameters():
        if "lora_B" in name:
            torch.nn.init.constant_(weight, 0.1)
    updated = encoder.encode(WINDOWS)
    encoder.transformer = merged(encoder.transformer)

    np.testing.assert_allclose(encoder.encode(WINDOWS), updated, atol=1e-2)
    assert np.abs(updated - before).max() > 1e-3
    assert [name for name, _ in encoder.transformer.named_parameters()] == names


def test_the_head_begins_as_the_untrained_projection():
    blocks = torch.randn(3, 5 * 384, generator=torch.Generator().manual_seed(0))

    found = ProjectionHead()(blocks).detach().numpy()

    np.testing.assert_allclose(found, Projection.untrained()(blocks.numpy()), atol=1e-6)
    np.testing.assert_allclose(found, ProjectionHead().as_arrays()(blocks.numpy()), atol=1e-6)


def test_an_adapter_begins_as_identity_and_is_saved_with_its_encoder(tiny_bert, tmp_path):
    encoder = encoder_for(str(tiny_bert), device="cpu", precision="fp32")
    plain = encoder.encode(WINDOWS)
    encoder.adapter = Adapter()
    np.testing.assert_allclose(encoder.encode(WINDOWS), plain, atol=1e-6)
    torch.nn.init.constant_(encoder.adapter.up.bias, 0.1)
    encoder.save(tmp_path)

    np.testing.assert_allclose(load_encoder(tmp_path).encode(WINDOWS), encoder.encode(WINDOWS), atol=1e-6)
    assert np.abs(encoder.encode(WINDOWS) - plain).max() > 1e-2


def test_an_unknown_policy_is_an_error(tiny_bert):
    with pytest.raises(KeyError):
        opened(encoder_for(str(tiny_bert), device="cpu").transformer, "everything")
