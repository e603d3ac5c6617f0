"""The server of the Procfile in a process of its own, on the database of the test, reached over HTTP."""

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.conf import settings

from mltraining import subprocess_run

PATIENCE = 60  # seconds


@contextmanager
def serving(log: Path, **environment: str) -> Iterator[str]:
    """Its address, as soon as it answers; what it says goes to `log`."""
    port = free_port()
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", *shlex.split(command().replace("$PORT", str(port)))],
            cwd=settings.BASE_DIR,
            env=os.environ | subprocess_run.environment() | environment,
            stdout=said,
            stderr=said,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, server, log)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def command() -> str:
    lines = (Path(settings.BASE_DIR) / "Procfile").read_text().splitlines()
    return next(line.removeprefix("web: ") for line in lines if line.startswith("web: "))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/livez").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"The server does not answer:\n{log.read_text()}")
