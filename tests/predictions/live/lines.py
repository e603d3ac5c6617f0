"""What is sent of a running call, and a worker that hears it at once."""

from collections.abc import Sequence
from typing import Any

from calls.delivery import Delivery
from calls.models import User
from predictions.live.arriving import append, open_call
from predictions.live.hearing import hear
from predictions.live.models import LiveCall
from tests import small_models

WON, LOST = small_models.WON, small_models.LOST


def sent(turns: Sequence[tuple[str, str]], first: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "sequence": number,
            "speaker": role,
            "role": role,
            "text": text,
            "start": number * 10.0,
            "end": number * 10.0 + 8,
        }
        for number, (role, text) in enumerate(turns, first)
    ]


def opened(by: User, external_id: str = "live-1") -> LiveCall:
    customer = {"external_id": "c-7", "name": "Acme", "metadata": {"employees": 250}}
    return open_call(Delivery(source="crm", external_id=external_id, customer=customer), by).live


def heard(live: LiveCall, turns: Sequence[tuple[str, str]], first: int = 0) -> LiveCall:
    append(live, sent(turns, first))
    hear(live.pk)
    live.refresh_from_db()
    return live


def kinds(live: LiveCall) -> list[str]:
    return list(live.events.values_list("kind", flat=True))
