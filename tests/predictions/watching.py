"""Rows for what is watched: a version, scores of it, vectors."""

from itertools import count
from typing import Any

from calls.models import Call
from mltraining.models import ModelVersion, TrainingRun
from predictions.models import Embedding, Prediction

numbers = count(1)


def version(state: str = "active", *, report: dict[str, Any] | None = None, **fields: Any) -> ModelVersion:
    run = TrainingRun.objects.create(state=TrainingRun.State.SUCCEEDED)
    defaults = {"verdict": "ready", "encoder": "hashing", "artefact": "a", "checksum": "0" * 64, "format_version": 1}
    return ModelVersion.objects.create(run=run, state=state, report=report or {}, **(defaults | fields))


def active() -> ModelVersion:
    return ModelVersion.objects.active() or version()


def prediction(call: Call, probability: float | None = 0.5, **fields: Any) -> Prediction:
    """A score of the call by the active version, made now."""
    defaults = {
        "version": None,
        "input_hash": f"{next(numbers):064d}",
        "turns_seen": call.turn_count,
        "latency_ms": 20.0,
    }
    values = defaults | fields
    values["version"] = values["version"] or active()
    return Prediction.objects.create(call=call, probability=probability, **values)


def embedding(call: Call, vector: list[float], **fields: Any) -> Embedding:
    turns = {"first_turn": 0, "last_turn": 0}
    version = fields.pop("version", None) or active()
    return Embedding.objects.create(call=call, version=version, vector=vector, **(turns | fields))
