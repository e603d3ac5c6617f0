"""Writes down what happened, in the transaction in which it does, for whoever asked to be told of it.

What nobody asked for is not written. The same effect has the same key, and is told once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Max
from rest_framework import serializers

from calls.models import Call
from mltraining.models import ModelVersion, Promotion
from predictions.api_scores import ScoredCallSerializer, ScoreSerializer
from predictions.models import Alert, Prediction
from predictions.webhooks.kinds import OF_SCORES, Kind
from predictions.webhooks.models import OutboxEvent, Webhook


@dataclass(frozen=True)
class Effect:
    kind: str
    key: str
    data: Mapping[str, Any]
    call: int | None = None
    prediction: int | None = None


class RejectedSerializer(serializers.ModelSerializer):
    call = ScoredCallSerializer(source="*")

    class Meta:
        model = Call
        fields = ["call", "state", "reason"]


class ResolvedSerializer(serializers.ModelSerializer):
    call = ScoredCallSerializer(source="*")
    outcome = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields = ["call", "outcome", "outcome_known_at", "label_state"]

    def get_outcome(self, call: Call) -> str | None:
        return call.outcome or None


def asked_for() -> set[str]:
    return {kind for kinds in Webhook.objects.in_use().values_list("events", flat=True) for kind in kinds}


def tell(effects: Sequence[Effect]) -> None:
    from predictions.tasks import fan_out_events  # noqa: PLC0415  # the task's module imports whoever calls this

    if not effects:
        return
    rows = [
        OutboxEvent(type=each.kind, key=each.key, data=each.data, call_id=each.call, prediction_id=each.prediction)
        for each in effects
    ]
    OutboxEvent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    fan_out_events.delay_on_commit()


def scored(version: ModelVersion, calls: Iterable[int], hashes: Iterable[str]) -> None:
    """Of the scores that were just written of these calls, from inputs with these hashes."""
    kinds = asked_for() & OF_SCORES
    if not kinds:
        return
    written = Prediction.objects.filter(version=version, call__in=list(calls), input_hash__in=list(hashes))
    scores: list[Any] = list(written.with_before().select_related("call").order_by("pk"))
    before = Prediction.objects.in_bulk([score.before_id for score in scores if score.before_id])
    tell([
        Effect(kind, str(score.pk), ScoreSerializer(score, context={"before": before}).data, score.call_id, score.pk)
        for score in scores
        for kind in kinds_of(score, before.get(score.before_id))
        if kind in kinds
    ])  # fmt: skip


def kinds_of(score: Prediction, before: Prediction | None) -> list[str]:
    kinds: list[str] = [Kind.CALL_SCORED]
    if before and before.probability != score.probability:
        kinds.append(Kind.SCORE_CHANGED)
    if before and before.band != score.band:
        kinds.append(Kind.BAND_CROSSED)
    return kinds


def rejected(call: Call) -> None:
    """A corrected call that is rejected again is another effect: it has another time of arrival."""
    if Kind.CALL_REJECTED in asked_for():
        key = f"{call.pk} {call.created_at.isoformat()}"
        tell([Effect(Kind.CALL_REJECTED, key, RejectedSerializer(call).data, call.pk)])


def resolved(calls: Sequence[Call]) -> None:
    """Each change is known by the row that the trigger wrote into the call's history."""
    if Kind.LABEL_RESOLVED not in asked_for():
        return
    history = apps.get_model("calls", "CallEvent")._default_manager.filter(pgh_obj__in=[call.pk for call in calls])
    newest = dict(history.values_list("pgh_obj").annotate(Max("pgh_id")))
    effects = [
        Effect(Kind.LABEL_RESOLVED, str(newest[call.pk]), ResolvedSerializer(call).data, call.pk) for call in calls
    ]
    tell(effects)


def promoted(promotion: Promotion) -> None:
    from predictions.api_versions import VersionSerializer  # noqa: PLC0415  # it imports what promotes

    if Kind.MODEL_PROMOTED in asked_for():
        data = VersionSerializer(promotion.version).data | {"action": promotion.action}
        tell([Effect(Kind.MODEL_PROMOTED, str(promotion.pk), data)])


def opened(alert: Alert) -> None:
    if Kind.ALERT_OPENED in asked_for():
        data = {
            "id": alert.pk,
            "rule": alert.rule,
            "message": alert.message,
            "value": alert.value,
            "model_version": alert.version_id,
            "opened_at": alert.opened_at.isoformat(),
        }
        tell([Effect(Kind.ALERT_OPENED, str(alert.pk), data)])
