"""Whether this process lives, and whether it can serve: for load balancers and probes."""

from dataclasses import asdict

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from mltraining.models import ModelVersion
from salesconv.api import error_body
from salesconv.waiting_tasks import Waiting, complaints, waiting_tasks


@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """503 with what is missing. No active model is no fault: there has to be a first training. Nor are tasks that wait
    for long: a web process still takes calls, so they only stand in the answer."""
    faults, active = database_faults()
    broken, waiting = broker_faults()
    faults |= cache_faults() | broken
    if faults:
        body = error_body("not_ready", "The server cannot serve now.", "See the server's log.", faults)
        return JsonResponse(body, status=503)
    queues = {queue: asdict(each) for queue, each in waiting.items()}
    found = {"database": "ok", "redis": "ok", "active_model": active, "queues": queues, "late": complaints(waiting)}
    return JsonResponse({"status": "ok"} | found)


def database_faults() -> tuple[dict[str, str], int | None]:
    """What is wrong with the database, and the number of the active version."""
    try:
        return {}, ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).values_list("pk", flat=True).first()
    except DatabaseError as error:
        return {"database": f"It does not answer as it should ({type(error).__name__})."}, None


def cache_faults() -> dict[str, str]:
    try:
        cache.get("readyz")
    except RedisError as error:
        return {"redis": f"It does not answer as it should ({type(error).__name__})."}
    return {}


def broker_faults() -> tuple[dict[str, str], dict[str, Waiting]]:
    """What is wrong with the broker, and what waits there."""
    try:
        return {}, waiting_tasks()
    except (OperationalError, RedisError):
        return {"broker": "The task queue does not answer."}, {}
