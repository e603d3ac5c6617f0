"""The cast and its objects are made once for each file: every request is undone, so that none sees another's traces."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.db import transaction

from calls.models import User
from predictions import tasks
from tests.access import who, world
from tests.browser.rows import VECTOR


@pytest.fixture(scope="module")
def database(django_db_setup, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def cast(database) -> dict[str, User]:
    return who.cast()


@pytest.fixture(scope="module")
def names(cast) -> dict[str, dict[str, Any]]:
    return world.names_in_addresses(cast)


@pytest.fixture(scope="module", autouse=True)
def a_worker_reads_questions_at_once() -> Iterator[None]:
    read = np.asarray(VECTOR, dtype=np.float32).tolist()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tasks.encode_query, "delay", lambda key: cache.set(f"query-vector:{key}", read, 60))
        yield
