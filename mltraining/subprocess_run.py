"""The parent's side of a training: one subprocess, its lease renewed, its end understood.

A process of its own, because CUDA cannot start again in a forked child, a solo worker knows no time limits, and all
memory comes back when a process ends. The child ends by itself when the pipe to its parent closes.
"""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from celery.signals import worker_shutting_down
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from calls import leases
from mltraining import child_log, why_failed
from mltraining.models import TrainingRun

log = logging.getLogger(__name__)

LONGEST_WAIT = 1.0  # seconds until a worker that was told to end notices
GRACE_SECONDS = 5
TAIL_BYTES = 8000


class Worker:
    """One per process. A class, so that what it remembers has a name."""

    is_ending = False


@worker_shutting_down.connect
def end_soon(**_: object) -> None:
    Worker.is_ending = True


@dataclass(frozen=True)
class Ending:
    error: str = ""  # empty: the child closed the row itself, or the row is another's by now
    is_worth_another: bool = False  # attempt: it was killed by a signal that we did not send, or the database was away
    handed_back: bool = False  # the worker was told to end


def run(run: TrainingRun) -> Ending:
    """Waits for the child; meanwhile keeps the lease alive and the deadline in sight."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_training", str(run.pk)]
    with tempfile.TemporaryFile() as output, child_log.handed_down() as (log_file, names):
        child = subprocess.Popen(
            [*command, "--attempt", str(run.attempts)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment() | names,
            pass_fds=[log_file],
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )
        try:
            stand_back(child)
            return watch(child, run, output)
        finally:
            end(child)


def stand_back(child: "subprocess.Popen[bytes]") -> None:
    """Lets all else on the machine go first; done before it starts threads, which keep what they began with."""
    niceness = max(settings.TRAINING_NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
    with suppress(ProcessLookupError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, child.pid, niceness)
    # Linux may share the cores among sessions first, and the child leads one: there its session must stand back, too.
    with suppress(OSError):
        Path(f"/proc/{child.pid}/autogroup").write_text(str(niceness))


def environment() -> dict[str, str]:
    """Ours, and the very database that this process is connected to."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
    }


def database_url() -> str:
    """The configured address with the database's present name in it: a test's differs from the configured one."""
    embedded = f"postgres://{settings.DATABASES['default']['USER']}@/{settings.EMBEDDED_POSTGRES_DIR}/name"
    address, mark, options = (settings.DATABASE_URL or embedded).partition("?")
    return f"{address.rpartition('/')[0]}/{connection.settings_dict['NAME']}{mark}{options}"


def watch(child: subprocess.Popen[bytes], run: TrainingRun, output: IO[bytes]) -> Ending:
    deadline = time.monotonic() + settings.TRAINING_DEADLINE_SECONDS
    while True:
        try:
            child.wait(min(settings.LEASE_SECONDS / leases.RENEWALS_PER_LEASE, LONGEST_WAIT))
            break
        except subprocess.TimeoutExpired:
            pass
        if Worker.is_ending:
            return Ending(handed_back=True)
        if time.monotonic() > deadline:
            return Ending(f"It took longer than the {settings.TRAINING_DEADLINE_SECONDS} seconds a training may take.")
        if not renewed(run):
            with suppress(subprocess.TimeoutExpired):
                child.wait(GRACE_SECONDS)  # it has just closed the row itself, as a rule
            if child.returncode is None:
                log.warning("%s is in other hands: its process is ended", run)
            return Ending()
    if child.returncode == 0:
        return Ending()
    log.error("%s ended with %s; its page has what it said last", run, child.returncode)
    return understood(child.returncode, tail(output))


def understood(status: int, lines: list[str]) -> Ending:
    """`status` is that of a child that did not end well, and `lines` what it printed last."""
    if status < 0:
        return Ending("\n".join([why_failed.killed(-status), *lines]), is_worth_another=True)
    if status == os.EX_TEMPFAIL:
        return Ending("\n".join([why_failed.DATABASE_WAS_AWAY, *lines]), is_worth_another=True)
    return Ending(why_failed.unforeseen(lines, status))


def renewed(run: TrainingRun) -> bool:
    """False: the lease is not ours any more. A database that does not answer is no reason to give up yet."""
    held = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.RUNNING, attempts=run.attempts)
    try:
        return bool(held.update(lease_until=leases.lease()))
    except (OperationalError, InterfaceError):
        log.exception("The lease of %s could not be renewed", run)
        if not connection.in_atomic_block:
            close_old_connections()
        return True


def tail(output: IO[bytes]) -> list[str]:
    output.seek(max(0, output.seek(0, os.SEEK_END) - TAIL_BYTES))
    return [line for line in output.read().decode(errors="replace").splitlines() if line.strip()]


def end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child and whatever it started; harmless if they are gone."""
    if child.stdin:
        child.stdin.close()
    for sent in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_SECONDS)
