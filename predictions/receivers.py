"""Hears what became of calls, within the transaction: enqueues after commit, writes down that it is to be told, or
forgets."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.dispatch import receiver

from calls.models import Call
from calls.signals import call_ready, call_rejected, customer_erased, label_resolved

if TYPE_CHECKING:
    from calls.naming import Names


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


@receiver(customer_erased)
def forget_customer(number: int, names: "Names", **_: object) -> Counter[str]:
    from predictions import forgetting  # noqa: PLC0415  # it imports the app registry

    return forgetting.forget(number, names)
