"""Work that is handed in over HTTP, and whether it has come to its end."""

import json
from collections.abc import Iterable

import httpx

from calls.models import Call
from predictions.models import Prediction
from tests.api_client import API, posted_call
from tests.small_models import LOST, WON

FILE = "\n".join(f"{role.capitalize()}: {text}" for role, text in WON).encode()


def uploaded(web: httpx.Client, number: int) -> httpx.Response:
    """A file, which a worker has to read before another scores it."""
    data = posted_call(external_id=f"file-{number}", rep=..., turns=...)
    return web.post(f"{API}calls/", files={"file": ("call.txt", FILE)}, data={"data": json.dumps(data)})


def posted(web: httpx.Client, number: int) -> httpx.Response:
    turns = [{"speaker": role, "role": role, "text": text} for role, text in LOST]
    return web.post(f"{API}calls/", json=posted_call(external_id=f"posted-{number}", rep=..., turns=turns))


def scored(ids: Iterable[int]) -> bool:
    """All of them are in their last state."""
    return not Call.objects.filter(pk__in=ids).exclude(state=Call.State.SCORED).exists()


def scores() -> list[int]:
    """The call of each score."""
    return list(Prediction.objects.values_list("call", flat=True))
