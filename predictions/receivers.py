"""Hears that a call became ready; only enqueues, after commit."""

from django.dispatch import receiver

from calls.models import Call
from calls.signals import call_ready


@receiver(call_ready)
def score_ready_call(call: Call, **_: object) -> None:
    from predictions.tasks import score_call  # noqa: PLC0415  # tasks import the app registry

    score_call.delay_on_commit(call.pk)
