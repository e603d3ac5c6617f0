"""What this app holds of an erased customer outside the tables that lead to it: in the cache, and in saved views."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from django.conf import settings
from django.core.cache import cache
from redis import Redis

from predictions.models import InsightJob, SavedView

if TYPE_CHECKING:
    from calls.naming import Names

# What people searched for, and conversations that were to be scored without being stored; each runs out by itself.
SEARCHED = ("query-text:*", "query-vector:*")
ASKED = ("predict:*", "predict-answer:*")


def forget(number: int, names: "Names") -> Counter[str]:
    """Answers what went, in counts."""
    views = [view.pk for view in SavedView.objects.all() if names.are_in(f"{view.name} {unquote_plus(view.query)}")]
    SavedView.objects.filter(pk__in=views).delete()
    questions = [job.pk for job in InsightJob.objects.exclude(question="") if names.are_in(job.question)]
    InsightJob.objects.filter(pk__in=questions).delete()
    searched = list(keys(*SEARCHED))
    asked = [key for key in keys(*ASKED) if is_about(str(cache.get(key)), number, names)]
    cache.delete_many([*searched, *asked])
    return Counter(
        {"saved views": len(views), "questions": len(questions), "cached questions": len(searched) + len(asked)}
    )


def is_about(said: str, number: int, names: "Names") -> bool:
    return f'"customer": {number},' in said or names.are_in(said)


def keys(*patterns: str) -> Iterator[str]:
    """Of the cache, without what the cache puts before each."""
    before = cache.make_key("")
    with Redis.from_url(settings.CACHE_URL) as redis:
        for pattern in patterns:
            for key in redis.scan_iter(match=f"{before}{pattern}", count=1000):
                yield key.decode().removeprefix(before)
