"""A real model on hashed words, trained in an instant on a handful of wordings; and versions that hold it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from calls.models import Call
from mltraining import registry
from mltraining.examples import Said, plain_example
from mltraining.ml.classifier import fit_head
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import encode, pooled_all, text_view
from mltraining.ml.encoder import encoder_for
from mltraining.ml.example import Example
from mltraining.ml.model import ConversionModel
from mltraining.ml.projection import Projection
from mltraining.models import ModelVersion, TrainingRun
from tests import factories

WON = (
    ("rep", "Good morning, what do you need from a new system?"),
    ("customer", "We have the budget and want to sign the contract this week."),
    ("rep", "Great, I will send the contract and the start date today."),
    ("customer", "Wonderful, our director has approved it already."),
)
LOST = (
    ("rep", "Good morning, what do you need from a new system?"),
    ("customer", "Nothing really, this is far too expensive for us."),
    ("rep", "Would a smaller package be of any use?"),
    ("customer", "No, we are staying with our present supplier, goodbye."),
)
CONFIG = TrainConfig(encoder="hashing", tune="none", min_words=8)


def example(turns: Sequence[tuple[str, str]], name: str, label: int) -> Example:
    return plain_example([Said(*turn) for turn in turns], {}, {}, name=name, label=label, group=name)


@lru_cache(maxsize=1)
def model() -> ConversionModel:
    """Knows that a contract wins and that expense loses."""
    rows = [example(WON if number % 2 else LOST, str(number), number % 2) for number in range(24)]
    encoder, projection = encoder_for("hashing"), Projection.untrained()
    text = text_view(pooled_all(encode(encoder, rows, CONFIG)), projection)
    head = fit_head(rows, text, np.arange(len(rows)), CONFIG).head
    return ConversionModel(encoder, projection, head, CONFIG)


def version(state: str = ModelVersion.State.ACTIVE, verdict: str = "ready", **fields: Any) -> ModelVersion:
    """With its artefact really stored."""
    run = TrainingRun.objects.create(state=TrainingRun.State.SUCCEEDED, config=CONFIG.to_dict())
    artefact = registry.store(model(), run)
    return ModelVersion.objects.create(
        run=run,
        state=state,
        verdict=verdict,
        encoder="hashing",
        **artefact.columns,
        format_version=artefact.format_version,
        **fields,
    )


def small_set(count: int) -> list[Call]:
    """Labelled calls whose words tell the outcome, each of a customer of its own."""
    calls = []
    for number in range(count):
        turns, outcome = (WON, "won") if number % 2 else (LOST, "lost")
        said = [(role, f"{text} That is number {number}.") for role, text in turns]
        calls.append(factories.call(said, outcome=outcome, customer=factories.customer()))
    return calls
