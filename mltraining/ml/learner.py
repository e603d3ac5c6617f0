"""What is trained: encoder or adapter, projection and an auxiliary classifier, from windows to what losses take."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from mltraining.ml.encoder import Encoder, similar_length_batches
from mltraining.ml.layers import FROZEN_ENCODER, Adapter, ProjectionHead, Scaling, merged, opened
from mltraining.ml.pooling import BLOCKS, pool_batch, role_codes
from mltraining.ml.projection import Projection
from mltraining.ml.scaling import Scale
from mltraining.ml.sentence_encoder import SentenceEncoder
from mltraining.ml.windows import Window

BATCH_TOKENS = 4096  # that go through the encoder together, padding counted


class Learner(nn.Module):
    """Calls as lists of windows in; call embeddings and logits out."""

    def __init__(self, encoder: Encoder, tune: str, scale: Scale | None = None) -> None:
        super().__init__()
        self.encoder = encoder
        self.is_frozen = tune in FROZEN_ENCODER
        self.known: dict[
            tuple[tuple[str, ...], str], np.ndarray
        ] = {}  # vectors of a frozen encoder, each computed once
        self.adapter = Adapter(encoder.dimension) if tune == "adapter" else None
        if isinstance(encoder, SentenceEncoder):
            encoder.transformer = opened(encoder.transformer, tune)
            self.sentence_model = encoder.model
        self.scaling = Scaling(len(BLOCKS) * encoder.dimension, scale)
        self.head = ProjectionHead(encoder.dimension)
        self.classifier = nn.Linear(len(BLOCKS) * encoder.dimension, 1)
        nn.init.zeros_(self.classifier.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, calls: Sequence[Sequence[Window]]) -> tuple[torch.Tensor, torch.Tensor]:
        """(calls, VECTOR_DIM) of unit length, and (calls,) logits. No call may be empty."""
        device = self.head.weight.device
        windows = [window for call in calls for window in call]
        vectors = self.frozen_vectors(windows) if self.is_frozen else self.vectors(windows)  # (windows, D)
        owners = torch.tensor([row for row, call in enumerate(calls) for _ in call], device=device)
        roles = torch.tensor(role_codes(windows), device=device)
        with torch.autocast(device.type, enabled=False):  # small, and the loss needs its precision
            blocks = self.scaling(pool_batch(vectors.float(), owners, roles, len(calls)))  # (calls, P)
            return self.head(blocks), self.classifier(blocks).squeeze(-1)

    def vectors(self, windows: Sequence[Window]) -> torch.Tensor:
        assert isinstance(self.encoder, SentenceEncoder)  # else the policy is a frozen one
        passes = self.encoder.passes(windows)
        batches = similar_length_batches([len(each.ids) for each in passes], BATCH_TOKENS)
        parts = [self.encoder.forward([passes[number] for number in batch]) for batch in batches]
        rows = [row for batch in batches for number in batch for row in passes[number].rows]
        return torch.cat(parts)[torch.from_numpy(np.argsort(rows)).to(parts[0].device)]

    def frozen_vectors(self, windows: Sequence[Window]) -> torch.Tensor:
        new = {(window.before, window.reading): window for window in windows}
        new = {key: window for key, window in new.items() if key not in self.known}
        self.known.update(zip(new, self.encoder.encode(list(new.values())), strict=True))
        found = np.stack([self.known[window.before, window.reading] for window in windows])
        vectors = torch.from_numpy(found).to(self.head.weight.device)
        return vectors if self.adapter is None else self.adapter(vectors)

    def tuned_encoder(self) -> Encoder:
        """The encoder as it stands, ordinary again: low-rank updates merged, adapter attached."""
        self.eval()
        if isinstance(self.encoder, SentenceEncoder):
            self.encoder.transformer = merged(self.encoder.transformer)
            self.encoder.adapter = self.adapter
        return self.encoder

    def projection(self) -> Projection:
        return self.head.as_arrays(self.scaling)

    def trainable(self) -> dict[str, nn.Parameter]:
        return {name: weight for name, weight in self.named_parameters() if weight.requires_grad}

    def weights(self) -> dict[str, torch.Tensor]:
        return {name: weight.detach().cpu().clone() for name, weight in self.trainable().items()}

    def restore(self, weights: dict[str, torch.Tensor]) -> None:
        with torch.no_grad():
            for name, weight in self.trainable().items():
                weight.copy_(weights[name])
