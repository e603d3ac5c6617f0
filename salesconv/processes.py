"""The Procfile's processes under honcho, in a session of their own, so that all of them end together."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

STOP_SECONDS = 30


class ProcessEnded(Exception):
    """Web, worker or beat ended by itself; the log says why."""


class Processes:
    def __init__(self, port: int) -> None:
        self.port = port
        self.log = Path(settings.VAR_DIR) / "processes.log"

    def __enter__(self) -> Self:
        programs = Path(sys.executable).parent  # granian and celery of this environment, activated or not
        environment = os.environ | {"PORT": str(self.port), "PATH": f"{programs}:{os.environ['PATH']}"}
        command = [sys.executable, "-m", "honcho", "--no-colour", "start"]
        with self.log.open("ab") as log:
            self.honcho = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def check(self) -> None:
        if self.honcho.poll() is not None:
            raise ProcessEnded(f"web, workers and beat ended; see {self.log}")

    def wait(self) -> None:
        """Until they end or Ctrl-C."""
        self.honcho.wait()
        self.check()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.honcho.poll() is None:
            self.honcho.send_signal(signal.SIGTERM)
        try:
            self.honcho.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.honcho.pid, signal.SIGKILL)
