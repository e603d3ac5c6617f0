"""Rows for what is watched: a version, scores of it, vectors."""

from itertools import count
from typing import Any

from django.utils import timezone

from calls.models import Call, User
from mltraining.models import ModelVersion, TrainingRun
from predictions.bands import band_for
from predictions.models import Embedding, OutboxEvent, Prediction, Preview, PreviewedScore, Webhook, WebhookDelivery
from predictions.webhooks.kinds import Kind
from predictions.webhooks.signing import new_secret, sealed

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
        "created_at": timezone.now(),  # by the clock that a test may have set
    }
    values = defaults | fields
    values["version"] = values["version"] or active()
    return Prediction.objects.create(call=call, probability=probability, **values)


def preview(version: ModelVersion, *scores: tuple[Call, float, float | None], **fields: Any) -> Preview:
    """One that is made, beside the active version; `scores` are a call, its probability now, and then."""
    defaults = {"against": active(), "made_at": timezone.now(), "open_calls": len(scores), "state": "done"}
    made = Preview.objects.create(version=version, **(defaults | fields))
    for call, now, then in scores:
        before = prediction(call, now, band=band_for(now))
        PreviewedScore.objects.create(preview=made, before=before, probability=then)
    return made


def embedding(call: Call, vector: list[float], **fields: Any) -> Embedding:
    turns = {"first_turn": 0, "last_turn": 0}
    version = fields.pop("version", None) or active()
    return Embedding.objects.create(call=call, version=version, vector=vector, **(turns | fields))


def webhook(owner: User, **fields: Any) -> Webhook:
    """Told of everything."""
    defaults = {"name": "a test", "url": "https://hooks.example.com/in", "events": list(Kind.values)}
    return Webhook.objects.create(owner=owner, **(defaults | {"secret": sealed(new_secret())} | fields))


def delivery(owner: User, **fields: Any) -> WebhookDelivery:
    """Of an event about no call, which waits to be sent."""
    event = OutboxEvent.objects.create(
        type=Kind.ALERT_OPENED, key=f"{next(numbers)}", data={"rule": "a test"}, fanned_out_at=timezone.now()
    )
    return WebhookDelivery.objects.create(
        event=event, **({"webhook": fields.pop("webhook", None) or webhook(owner)} | fields)
    )
