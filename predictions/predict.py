"""Scores a conversation that is not stored: it waits redacted in Redis until a worker takes it."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache

from calls.delivery import Delivery, checked, frozen_metadata
from calls.features import customer_history
from calls.models import Customer, User
from calls.parsing import conversation, transcript_of
from calls.refusal import Refusal
from mltraining.examples import Said, plain_example
from mltraining.models import ModelVersion
from predictions import insights, serving, trackers, unanswered, urgent
from predictions.bands import band_for
from predictions.waiting import release_connection

if TYPE_CHECKING:
    from mltraining.model_types import Score

SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_TO_ANSWER = 180  # a model's first load and the longest call; a worker that takes longer is taken for lost
ANSWER_INSIGHTS = "extractive"  # a language model may take longer than anybody waits here


class AnswerFailed(Refusal):
    code = "server_error"

    def __init__(self) -> None:
        hint = "Send it again; if it fails again, tell an admin the time at which it happened."
        super().__init__("The worker failed or was stopped before it had an answer.", hint=hint)


FAILURES: dict[str, type[AnswerFailed | serving.NoActiveModel]] = {
    kind.code: kind for kind in (AnswerFailed, serving.NoActiveModel)
}


def submit(delivery: Delivery, by: User) -> str:
    """The key under which the answer will lie for PREDICT_PAYLOAD_SECONDS.

    Raises NoActiveModel, or DeliveryRefused as for a call that is handed in; a customer need not be named.
    """
    from predictions.tasks import answer_prediction  # noqa: PLC0415  # the task's module imports this one

    if ModelVersion.objects.active() is None:
        unanswered.note("no_active_model")
        raise serving.NoActiveModel
    delivery = checked(delivery, customer_needed=False)
    spoken = conversation(transcript_of(delivery))
    started_at = delivery.started_at
    payload = {
        "turns": [[turn.role, turn.text, turn.start, turn.end] for turn in spoken.turns],
        "metadata": frozen_metadata(delivery.customer),
        "customer": known_customer(delivery.customer, by),
        "started_at": started_at.isoformat() if started_at else "",
    }
    key = f"{by.pk}-{secrets.token_urlsafe(18)}"
    cache.set(payload_key(key), json.dumps(payload), settings.PREDICT_PAYLOAD_SECONDS)
    answer_prediction.delay(key)  # no row asks for it, so no sweep would make up for a message that is lost
    return key


def payload_key(key: str) -> str:
    return f"predict:{key}"


def answer_key(key: str) -> str:
    return f"predict-answer:{key}"


def lease_key(key: str) -> str:
    """There while a worker may be at it; runs out where the worker was killed."""
    return f"predict-lease:{key}"


def known_customer(customer: Mapping[str, object], by: User) -> int | None:
    """Only one that the person may see: a history is told by the reasons."""
    known = Customer.objects.visible_to(by).filter(external_id=customer.get("external_id", ""))
    return known.values_list("pk", flat=True).first()


def is_pending(key: str, user: User) -> bool:
    """Asked by this user, and neither answered nor forgotten yet."""
    return key.startswith(f"{user.pk}-") and bool(cache.get_many([payload_key(key), lease_key(key)]))


def result(key: str, user: User) -> dict[str, Any] | None:
    """The answer; None if there is none (yet), or if another asked.

    Raises AnswerFailed or NoActiveModel where the worker failed, or was killed a while ago.
    """
    if not key.startswith(f"{user.pk}-"):
        return None
    found = cache.get_many([answer_key(key), lease_key(key)])  # in one look: a worker writes the one, deletes the other
    said = json.loads(found.get(answer_key(key), "null"))
    if said is None or "error" not in said:
        return said
    if lease_key(key) in found:
        return None
    if is_lost(key):
        unanswered.note("worker_lost")
    raise FAILURES[said["error"]]


def is_lost(key: str) -> bool:
    """True once: a worker that fails takes the payload away, one that is killed leaves it."""
    return cache.has_key(payload_key(key)) and cache.add(f"predict-lost:{key}", True, settings.PREDICT_PAYLOAD_SECONDS)


def wait(key: str, user: User, seconds: float | None = None) -> dict[str, Any] | None:
    """The answer as soon as it is there, None after PREDICT_WAIT_SECONDS; holds no database connection meanwhile.

    Raises as `result` does.
    """
    deadline = time.monotonic() + (settings.PREDICT_WAIT_SECONDS if seconds is None else seconds)
    release_connection()
    while (found := result(key, user)) is None and time.monotonic() < deadline:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return found


def answer(key: str) -> None:
    """The worker's side. May run twice; a payload that has run out needs no answer.

    Whatever it raises is told to whoever asked as a code alone. A worker that is shut down keeps the payload, for the
    next one to take.
    """
    content = cache.get(payload_key(key))
    if content is None:
        if not cache.has_key(answer_key(key)):
            unanswered.note("expired")
        return
    cache.set(lease_key(key), True, SECONDS_TO_ANSWER)
    keep(key, {"error": AnswerFailed.code})  # what holds once the lease has run out
    try:
        said = answered(json.loads(content))
    except Exception as error:  # whatever it is, whoever asked is told that there is no answer, and it goes on its way
        code = error.code if isinstance(error, serving.NoActiveModel) else AnswerFailed.code
        unanswered.note("worker_failed" if code == AnswerFailed.code else code)
        finish(key, {"error": code})
        raise
    finish(key, said)


def finish(key: str, said: Mapping[str, Any]) -> None:
    """The answer first: whoever looks in between finds it, never nothing."""
    keep(key, said)
    cache.delete_many([payload_key(key), lease_key(key)])


def keep(key: str, said: Mapping[str, Any]) -> None:
    cache.set(answer_key(key), json.dumps(said), settings.PREDICT_PAYLOAD_SECONDS)


def answered(payload: Mapping[str, Any]) -> dict[str, Any]:
    served = serving.served()
    turns = [Said(*turn) for turn in payload["turns"]]
    started_at = datetime.fromisoformat(payload["started_at"])
    history = customer_history(payload["customer"], started_at)
    example = plain_example(turns, payload["metadata"], history, time=started_at.timestamp())
    scored = served.model.score([example], pause=urgent.give_way)[0]
    return shown(served.version, scored) | {"insights": insights_of(turns, scored)}


def shown(version: ModelVersion, scored: "Score") -> dict[str, Any]:
    return {
        "conversion_probability": scored.probability,
        "band": band_for(scored.probability) or None,
        "model_version": version.pk,
        "reason": scored.reason,
        "reasons": [asdict(reason) for reason in scored.reasons],
        "curve": list(scored.curve),
        "turns_seen": scored.turns_seen,
    }


def insights_of(turns: list[Said], scored: "Score") -> dict[str, Any] | None:
    reasons = [asdict(reason) for reason in scored.reasons]
    try:
        return insights.analyse(turns, reasons, trackers.hits(turns), model=ANSWER_INSIGHTS).content
    except insights.InsightFailed:
        return None
