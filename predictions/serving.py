"""The model that a worker serves: loaded once, and again when another version became the active one."""

import gc
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calls.refusal import Refusal
from mltraining import registry
from mltraining.models import ModelVersion

if TYPE_CHECKING:
    from mltraining.model_types import ConversionModel

log = logging.getLogger(__name__)

# What numerical code raises over an input that it cannot take; RuntimeError is torch's, out of memory too.
MODEL_ERRORS = (ValueError, ArithmeticError, RuntimeError, LookupError)
SECONDS_UNTIL_RETRY = 60  # after a version whose artefact cannot be loaded


class NoActiveModel(Refusal):
    code = "no_active_model"

    def __init__(self) -> None:
        hint = "An admin must train and promote a version first."
        super().__init__("No model version is active, so there is nothing that could score.", hint=hint)


@dataclass(frozen=True)
class Served:
    version: ModelVersion
    model: "ConversionModel"


class Cached:
    """One per process. A class, so that what it remembers has a name."""

    served: Served | None = None
    failed: dict[int, float] = {}  # version -> when it may be tried again


def served() -> Served:
    """The active version with its model.

    Where its artefact is damaged: the one in memory, or the latest earlier version that loads; its scores carry its
    own number. Raises NoActiveModel if there is none at all.
    """
    active = ModelVersion.objects.active()
    if active is None:
        Cached.served = None
        raise NoActiveModel
    for version in (active, *earlier(active)):
        if Cached.served and Cached.served.version.pk == version.pk:
            return Cached.served
        if loaded := load(version):
            is_another, Cached.served = Cached.served is not None, loaded
            settle(after_another=is_another)
            return loaded
        if Cached.served:
            return Cached.served
    raise NoActiveModel


def earlier(active: ModelVersion) -> Iterator[ModelVersion]:
    """Versions that served before, latest first; looked up only when needed."""
    once_served = ModelVersion.objects.exclude(pk=active.pk).exclude(promoted_at=None)
    yield from once_served.exclude(state=ModelVersion.State.RETIRED).order_by("-promoted_at")


def load(version: ModelVersion) -> Served | None:
    if Cached.failed.get(version.pk, 0) > time.monotonic():
        return None
    try:
        return Served(version, registry.load(version))
    except registry.DamagedArtefact as damage:
        log.error("ALERT: %s Scores come from an earlier version until this is mended.", damage)
        Cached.failed[version.pk] = time.monotonic() + SECONDS_UNTIL_RETRY
        return None


def settle(*, after_another: bool) -> None:
    """Of a process that serves a model from now on, so that no part of its work takes long.

    numpy, not torch, multiplies in one thread: a head's products are small, and threads that wait for each other take
    several times their CPU as soon as something else uses the cores. What is loaded stays, so the garbage collector
    need not walk through it, which takes some tenths of a second, again and again; a model served before may go.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # nothing to limit before a model is loaded

    threadpool_limits(1, user_api="blas")
    gc.unfreeze()
    if after_another:
        gc.collect()
    gc.freeze()


def forget() -> None:
    """As a fresh process would stand."""
    Cached.served = None
    Cached.failed.clear()
