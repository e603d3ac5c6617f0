"""Settings of processes in whose memory only a few passes fit at once; more are refused as a full GPU refuses them."""

from collections.abc import Sequence
from typing import Any

import torch

from mltraining.ml.sentence_encoder import SentenceEncoder
from tests.settings import *  # noqa: F403  # settings are derived by overriding

PASSES = 20  # half a batch of calls of four passes each, and some of those that judge

forward_really = SentenceEncoder.forward


def forward(encoder: SentenceEncoder, passes: Sequence[Any]) -> torch.Tensor:
    if len(passes) > PASSES:
        raise torch.OutOfMemoryError(f"CUDA out of memory (simulated): {len(passes)} passes.")
    return forward_really(encoder, passes)


SentenceEncoder.forward = forward
