"""How long a web process waits for the database: nobody gains by a page that hangs with its thread."""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def wait_for_locks_briefly() -> None:
    """For every connection of this process from now on; workers wait as long as it takes."""
    connection_created.connect(limit, dispatch_uid="salesconv.limits")


def limit(connection: BaseDatabaseWrapper, **_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{settings.WEB_LOCK_SECONDS * 1000:.0f}ms"])
