"""Hears what became of calls, within the transaction: enqueues after commit, or writes down that it is to be told."""

from collections.abc import Sequence

from django.dispatch import receiver

from calls.models import Call
from calls.signals import call_ready, call_rejected, label_resolved


@receiver(call_ready)
def score_ready_call(call: Call, **_: object) -> None:
    from predictions.tasks import score_call  # noqa: PLC0415  # tasks import the app registry

    score_call.delay_on_commit(call.pk)


@receiver(call_rejected)
def tell_rejected_call(call: Call, **_: object) -> None:
    from predictions.webhooks import telling  # noqa: PLC0415  # it imports the app registry

    telling.rejected(call)


@receiver(label_resolved)
def tell_resolved_calls(calls: Sequence[Call], **_: object) -> None:
    from predictions.webhooks import telling  # noqa: PLC0415  # it imports the app registry

    telling.resolved(calls)
