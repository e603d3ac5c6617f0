"""For a web process that waits on a worker."""

from django.db import connection


def release_connection() -> None:
    """Nobody should hold a database connection while waiting; the next query opens one. Not within a transaction."""
    if not connection.in_atomic_block:
        connection.close()
