"""Leaves a language model alone that keeps failing; all workers share what is known of it, in the cache."""

from django.core.cache import cache

from predictions.insights.failure import MAY_HEAL, InsightFailed

FAILURES = 5  # in a row
REST_SECONDS = 120
REMEMBERED_SECONDS = 3600
HINT = "Look at the model's server; it is asked again by itself."


def check(model: str) -> None:
    """Raises InsightFailed while the model rests. After that one question at a time may find out whether it is well."""
    if cache.get(f"model-rests:{model}"):
        raise resting(model)
    if cache.get(f"model-failures:{model}", 0) >= FAILURES and not cache.add(f"model-rests:{model}", 1, REST_SECONDS):
        raise resting(model)


def resting(model: str) -> InsightFailed:
    return InsightFailed(f"{model} failed {FAILURES} times in a row and is not asked now.", code="resting", hint=HINT)


def note_answer(model: str) -> None:
    cache.delete_many([f"model-failures:{model}", f"model-rests:{model}"])


def note_failure(model: str, failure: InsightFailed) -> None:
    """A wrong key or name fails for everybody, so that the rest begins at once; a refused conversation says nothing."""
    if failure.code not in {*MAY_HEAL, "no_access"}:
        return
    key = f"model-failures:{model}"
    cache.add(key, 0, REMEMBERED_SECONDS)
    if failure.code == "no_access":
        cache.set(key, FAILURES, REMEMBERED_SECONDS)
    if failure.code == "no_access" or cache.incr(key) >= FAILURES:
        cache.set(f"model-rests:{model}", 1, REST_SECONDS)
