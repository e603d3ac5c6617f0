"""The Procfile's processes under honcho, in a session of their own, so that all of them end together."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from django.conf import settings

START_SECONDS = 10
STOP_SECONDS = 30
GRACE_SECONDS = 5  # for what honcho left: a training notices by itself that its worker is gone


class ProcessEnded(Exception):
    """Web, worker or beat ended by itself; the log says why."""


class Processes:
    def __init__(self, port: int) -> None:
        self.port = port
        self.log = Path(settings.VAR_DIR) / "processes.log"
        self.started: set[psutil.Process] = set()

    def __enter__(self) -> Self:
        programs = Path(sys.executable).parent  # granian and celery of this environment, activated or not
        environment = {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"} | os.environ  # so that one can be tried
        environment |= {"PORT": str(self.port), "PATH": f"{programs}:{os.environ['PATH']}"}
        command = [sys.executable, "-m", "honcho", "--no-colour", "start"]
        with self.log.open("wb") as log:
            self.honcho = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def check(self) -> None:
        self.remember()
        if self.honcho.poll() is not None:
            raise ProcessEnded(f"web, workers and beat ended; see {self.log}")

    def remember(self) -> None:
        """Whom to look for in the end: each is in a session of its own, and of a dead honcho they could not be told."""
        with suppress(psutil.NoSuchProcess):
            self.started |= set(psutil.Process(self.honcho.pid).children(recursive=True))

    def wait_for_start(self) -> None:
        """honcho stumbles over a signal while it starts them, and would go on starting."""
        expected = sum(":" in line for line in (settings.BASE_DIR / "Procfile").read_text().splitlines())
        deadline = time.monotonic() + START_SECONDS
        while self.honcho.poll() is None and time.monotonic() < deadline:
            if self.log.read_text(errors="replace").count(" started (pid=") >= expected:
                return
            time.sleep(0.1)

    def wait(self) -> None:
        """Until they end, which raises ProcessEnded, or the demo is interrupted."""
        while True:
            self.check()
            time.sleep(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.wait_for_start()
            self.remember()
            if self.honcho.poll() is None:
                self.honcho.send_signal(signal.SIGTERM)
            self.honcho.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.honcho.pid, signal.SIGKILL)
        finally:
            end(self.started)


def end(processes: set[psutil.Process]) -> None:
    left = psutil.wait_procs(processes, timeout=GRACE_SECONDS)[1]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
