"""One of the processes that test_together.py launches, or the only one: fine-tunes a few ways and writes what it got.

python -m tests.mltraining.ml.launched ENCODER OUT DEVICE
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from mltraining.ml import checkpoint
from mltraining.ml.encoder import encoder_for
from mltraining.ml.finetune import FineTuningError, finetune
from mltraining.ml.learner import Learner
from mltraining.ml.sentence_encoder import SentenceEncoder
from tests.mltraining.ml.test_finetune import CALLS, CONFIG, UNSEEN

WAYS = {
    "supcon": {},
    "ranking": {"loss": "ranking", "hard_negative_share": 0.5, "turn_dropout": 0.3},
    "adapter": {"tune": "adapter"},
    "lora": {"tune": "lora"},
    "pairs": {"loss": "contrastive", "batch_per_class": 3, "tune": "top-1"},
    "stopped": {"steps": 40, "early_stop_patience": 2},
}
WRONG = [replace(one, label=1 - one.label) for one in UNSEEN]
AGAIN = " again"
RANK = int(os.environ.get("RANK", "0"))


class Watched:
    """Counts what this process does."""

    def __init__(self) -> None:
        self.calls, self.saved = [], 0
        forward, save = Learner.forward, checkpoint.save

        def counted_forward(learner, calls):
            if learner.training:
                self.calls.append(len(calls))
            return forward(learner, calls)

        def counted_save(*args):
            self.saved += 1
            save(*args)

        Learner.forward, checkpoint.save = counted_forward, counted_save


def main(folder: str, out: Path, device: str) -> None:
    watched = Watched()

    def encoder():
        return encoder_for(folder, device=device, precision="fp32")

    def tune(way: str, **changes):
        watched.calls, watched.saved = [], 0
        config = replace(CONFIG, steps=6) if "steps" not in changes else CONFIG
        tuned = finetune(
            encoder(),
            CALLS,
            replace(config, **changes),
            progress=lambda share, line: None,
            checkpoint=out / f"checkpoint of {way.removesuffix(AGAIN)}",
            validation=WRONG if way == "stopped" else UNSEEN,
        )
        words = tuned.encoder.transformer.embeddings.word_embeddings.weight
        top = torch.cat([weight.flatten() for weight in tuned.encoder.transformer.encoder.parameters()])
        np.savez(
            out / f"{way}-{RANK}.npz",
            projection=tuned.projection.weight,
            words=words.detach().cpu(),
            layers=top.detach().cpu(),
            loss=[point["loss"] for point in tuned.curve],
            validation=[point["validation_loss"] for point in tuned.curve if "validation_loss" in point],
            calls=watched.calls,
            saved=watched.saved,
            notes=" ".join(tuned.notes),
        )

    for way, changes in WAYS.items():
        tune(way, **changes)
    tune("supcon" + AGAIN)  # goes on from the checkpoint after the last step
    with LittleMemory():
        tune("memory")
    refused(out, encoder())


class LittleMemory:
    """In the last process alone, so that the others would wait for it."""

    def __enter__(self) -> None:
        self.forward, last = SentenceEncoder.forward, int(os.environ.get("WORLD_SIZE", "1")) - 1

        def small(encoder, passes):
            if torch.is_grad_enabled() and last == RANK and len(passes) > 4 // (last + 1):
                raise torch.OutOfMemoryError
            return self.forward(encoder, passes)

        SentenceEncoder.forward = small

    def __exit__(self, *error) -> None:
        SentenceEncoder.forward = self.forward


def refused(out: Path, encoder: SentenceEncoder) -> None:
    """Each process brings other calls."""
    calls = CALLS[RANK:]
    try:
        finetune(encoder, calls, CONFIG, progress=lambda share, line: None)
    except FineTuningError as error:
        (out / f"refused-{RANK}").write_text(str(error))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
