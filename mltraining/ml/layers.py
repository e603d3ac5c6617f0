"""What training adds to a pretrained encoder, and which of the encoder's own weights it may change."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from mltraining.ml.encoder import VECTOR_DIM
from mltraining.ml.pooling import BLOCKS
from mltraining.ml.projection import Projection
from mltraining.ml.scaling import Scale

FROZEN_ENCODER = ("none", "projection", "adapter")  # policies under which a text has the same vector at every step


class Scaling(nn.Module):
    """Brings pooled blocks to one scale, before anything learns from them; nothing by itself."""

    center: torch.Tensor
    factor: torch.Tensor

    def __init__(self, columns: int, scale: Scale | None) -> None:
        super().__init__()
        known = scale or Scale(np.zeros(columns), np.ones(columns))
        self.register_buffer("center", torch.tensor(known.center, dtype=torch.float32), persistent=False)
        self.register_buffer("factor", torch.tensor(known.factor, dtype=torch.float32), persistent=False)

    def forward(self, blocks: torch.Tensor) -> torch.Tensor:  # (n, P) → (n, P)
        return (blocks - self.center) * self.factor


class ProjectionHead(nn.Linear):
    """Pooled blocks → call embedding of unit length; begins as the mean of the blocks."""

    def __init__(self, dimension: int = VECTOR_DIM) -> None:
        super().__init__(len(BLOCKS) * dimension, VECTOR_DIM)
        untrained = Projection.untrained(dimension)
        self.weight.data.copy_(torch.from_numpy(untrained.weight))
        self.bias.data.copy_(torch.from_numpy(untrained.bias))

    def forward(self, blocks: torch.Tensor) -> torch.Tensor:  # (n, P) → (n, VECTOR_DIM)
        return nn.functional.normalize(super().forward(blocks), dim=-1)

    def as_arrays(self, scaling: Scaling | None = None) -> Projection:
        """For blocks as they are, where `scaling` is what came before the layer in training."""
        weight, bias = self.weight.detach().cpu(), self.bias.detach().cpu()
        if scaling is not None:
            weight = weight * scaling.factor.cpu()
            bias = bias - weight @ scaling.center.cpu()
        return Projection(weight.numpy().copy(), bias.numpy().copy())


class Adapter(nn.Module):
    """A bottleneck with a residual connection (Houlsby and others, 2019) behind the encoder; begins as identity."""

    def __init__(self, dimension: int = VECTOR_DIM, bottleneck: int = 64) -> None:
        super().__init__()
        self.down = nn.Linear(dimension, bottleneck)
        self.up = nn.Linear(bottleneck, dimension)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:  # (n, D) → (n, D) of unit length
        return nn.functional.normalize(vectors + self.up(nn.functional.gelu(self.down(vectors))), dim=-1)

    @classmethod
    def restored(cls, weights: Mapping[str, torch.Tensor]) -> Self:
        bottleneck, dimension = weights["down.weight"].shape
        adapter = cls(dimension, bottleneck)
        adapter.load_state_dict(weights)
        return adapter


def open_all(transformer: Any) -> Any:
    transformer.requires_grad_(True)
    return transformer


def open_none(transformer: Any) -> Any:
    transformer.requires_grad_(False)
    return transformer


def open_top(transformer: Any, layers: int) -> Any:
    """The last layers only; embeddings and what lies below stay as they were."""
    transformer.requires_grad_(False)
    for layer in layers_of(transformer)[-layers:]:
        layer.requires_grad_(True)
    return transformer


def add_lora(transformer: Any) -> Any:
    """Low-rank updates (Hu and others, 2022) of the attention; `merged` turns them into ordinary weights."""
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415  # five seconds that nobody else needs

    names = {name.rpartition(".")[2] for name, module in transformer.named_modules() if isinstance(module, nn.Linear)}
    attention = sorted(names & {"query", "value", "q_proj", "v_proj", "q_lin", "v_lin"}) or "all-linear"
    lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules=attention)
    with warnings.catch_warnings():  # it asks the model for an attribute by its old name
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(transformer, lora)


def merged(transformer: Any) -> Any:
    return transformer.merge_and_unload() if hasattr(transformer, "merge_and_unload") else transformer


POLICIES: dict[str, Callable[[Any], Any]] = {
    "none": open_none,
    "projection": open_none,
    "adapter": open_none,
    "lora": add_lora,
    "full": open_all,
}


def opened(transformer: Any, tune: str) -> Any:
    """The transformer with those weights trainable that the policy names: one of POLICIES, or top-N."""
    if tune.startswith("top-"):
        return open_top(transformer, int(tune.removeprefix("top-")))
    return POLICIES[tune](transformer)


def layers_of(transformer: nn.Module) -> nn.ModuleList:
    """The stack of the transformer: its longest list of modules."""
    stacks = [module for module in transformer.modules() if isinstance(module, nn.ModuleList)]
    return max(stacks, key=len)
