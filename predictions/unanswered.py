"""Questions to predict/ that got no answer, counted by reason: in the cache, for nothing of them is stored in a row."""

from django.core.cache import cache

REASONS = (
    "no_active_model",
    "worker_failed",
    "worker_lost",  # counted once somebody asks for the answer
    "expired",  # no worker took it before it was forgotten
)


def name_of(reason: str) -> str:
    return f"predict-unanswered:{reason}"


def note(reason: str) -> None:
    cache.add(name_of(reason), 0, timeout=None)
    cache.incr(name_of(reason))


def counts() -> dict[str, int]:
    """By reason, since the cache was emptied; every reason is there."""
    found = cache.get_many([name_of(reason) for reason in REASONS])
    return {reason: found.get(name_of(reason), 0) for reason in REASONS}
