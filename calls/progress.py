"""How far long work is and how long it still takes, by its own pace so far; for whoever waits for it."""

from dataclasses import dataclass
from datetime import timedelta
from time import time

from django.db import models
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from calls import clock


def seconds_left(done: int, total: int, taken: float) -> int | None:
    """`taken`: the seconds that it took so far. None before anything is done."""
    return round(taken * max(0, total - done) / done) if done else None


@dataclass(frozen=True)
class Progress:
    done: int
    total: int
    began_at: float  # seconds since 1970
    is_over: bool = False

    @property
    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 1.0

    @property
    def seconds_left(self) -> int | None:
        return seconds_left(self.done, self.total, time() - self.began_at)


class Pace:
    """Of a job that begins now, or goes on where another stopped; `total` is what is left to do."""

    def __init__(self, total: int) -> None:
        self.done, self.total, self.began_at = 0, total, time()

    def end_after(self, more: int) -> Combinable | None:
        """When the job will have ended, for a column of its row, once so many more are done."""
        self.done += more
        left = Progress(self.done, self.total, self.began_at).seconds_left
        return None if left is None else Now() + timedelta(seconds=left)


class Timed(models.Model):
    """A job that tells when it will have ended."""

    expected_end = models.DateTimeField(null=True, blank=True, help_text="By its own pace so far.")

    class Meta:
        abstract = True

    @property
    def seconds_left(self) -> int | None:
        """None before anything is done; 0 past the expected end, where the job takes longer than it had seemed."""
        if self.expected_end is None:
            return None
        return max(0, round((self.expected_end - clock.now()).total_seconds()))
