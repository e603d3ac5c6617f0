"""The same work in several threads that start together, as workers or clients do it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections

Result = TypeVar("Result")


def at_once(times: int, work: Callable[[], Result]) -> list[Result]:
    """What each gave; what one raises is raised here."""
    start = threading.Barrier(times)

    def alone() -> Result:
        start.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as threads:
        return [running.result() for running in [threads.submit(alone) for _ in range(times)]]


def waits_for_a_lock() -> bool:
    """Whether anybody does, in this database."""
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from pg_locks where not granted)")
        return bool(cursor.fetchone()[0])
