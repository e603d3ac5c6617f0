"""Real workers in processes of their own, to be killed; and a way to stop them in the middle of their work."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.db import connection, transaction

from mltraining import subprocess_run
from salesconv.celery import app
from salesconv.queues import QUEUES
from tests.faults.trials import Trial

LEASE_SECONDS = 2
ALONE = ("--without-mingle", "--without-gossip")
SWEEPS_EACH = 3  # seconds; as quick.py has it
STARTS_WITHIN = 60  # seconds; a beat and a worker, on a machine with other work
RECOVERED_WITHIN = LEASE_SECONDS + SWEEPS_EACH + STARTS_WITHIN
PATIENCE = 300  # seconds; on a machine with other work a worker takes half a minute to start, a training minutes


def soon(look: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What `look` finds, as soon as it is true."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


class Crew:
    def __init__(self, logs: Path, trial: Trial, **environment: str) -> None:
        self.logs = logs
        self.trial = trial
        self.environment = environment
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, *queues: str, app: str = "salesconv") -> psutil.Process:
        """A worker, as the Procfile starts it; whoever needs it to be there waits for what it does. One for all queues
        takes sweeps last: there are many of them here."""
        name = f"{len(self.workers)}@%h"
        return self.celery(app, "worker", "-P", "solo", "-Q", ",".join(queues or reversed(QUEUES)), "-n", name, *ALONE)

    def beat(self, app: str = "tests.faults.quick") -> psutil.Process:
        """Sweeps every few seconds."""
        return self.celery(app, "beat", "--pidfile=")

    def celery(self, app: str, *command: str) -> psutil.Process:
        with (self.logs / f"worker-{len(self.workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, *command],
                cwd=settings.BASE_DIR,
                env=subprocess_run.environment() | self.environment,
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)
        return psutil.Process(worker.pid)

    def said(self) -> str:
        """The logs of all of them."""
        return "\n".join(log.read_text(errors="replace") for log in sorted(self.logs.glob("*.log")))

    def kill(self) -> None:
        """All of them, as a crash would: nothing is said, nothing is handed back."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.trial.strikes()

    def dismiss(self) -> None:
        """Kills what still runs, and waits until the database has noticed."""
        self.kill()
        with connection.cursor() as cursor:
            others = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            cursor.execute(f"select pg_terminate_backend(pid) {others}")
            soon(lambda: cursor.execute(f"select count(*) {others}") or cursor.fetchone() == (0,))


@contextmanager
def blocked(table: str, mode: str = "exclusive") -> Iterator[Callable[[], int]]:
    """Whoever writes to the table waits until the block ends, with `access exclusive` whoever reads it, too; yields how
    one asks for the number of those who wait."""

    def waiting() -> int:
        cursor.execute("select count(*) from pg_locks where relation = %s::regclass and not granted", [table])
        return int(cursor.fetchone()[0])

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"lock table {table} in {mode} mode")
        yield waiting


def broker() -> Any:
    """Redis, as the task queue uses it."""
    return app.connection_for_write().default_channel.client


def hours_pass() -> None:
    """What the dead held has been unanswered for so long that the queue hands it out again."""
    held = broker().zrange("unacked_index", 0, -1)
    if held:
        broker().zadd("unacked_index", dict.fromkeys(held, 0))


def all_done(*queues: str) -> bool:
    """Every message was worked off: none waits, none is in a worker's hands."""
    there = broker()
    return not any(map(there.llen, queues or QUEUES)) and not there.hlen("unacked")
