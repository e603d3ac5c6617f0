"""A demo that is told to end takes everything with it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from tests.faults.crew import soon

pytestmark = pytest.mark.faults


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, and open to the account that Postgres runs under."""
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        yield Path(name)


def living_on(folder: Path) -> list[list[str]]:
    """The command lines of all that was started for this folder, or names it."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if process.environ().get("VAR_DIR") == str(folder) or str(folder) in " ".join(words):
                found.append(words)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture
def demo(folder) -> Iterator[subprocess.Popen[bytes]]:
    ours = {"VAR_DIR": str(folder), "DEMO_CALLS": "40", "MIN_LABELS_PER_CLASS": "4", "ENCODER": "hashing"}
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "-m", "salesconv.demo", "--port", "0"]
    with (folder / "said").open("wb") as said:
        started = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment | ours, stdout=said, stderr=said)
    yield started
    started.terminate()
    started.wait(60)


@pytest.mark.parametrize("moment", ["as web and workers start", "in the middle of a training"])
def test_a_demo_told_to_end_leaves_nothing_running(demo, folder, moment):
    soon(lambda: "gpu queue" in (folder / "said").read_text())
    if moment == "in the middle of a training":
        soon(lambda: any("run_training" in words for words in living_on(folder)))
    demo.send_signal(signal.SIGTERM)
    assert demo.wait(25) == 1
    assert "stopped before it was ready" in (folder / "said").read_text()
    assert living_on(folder) == []
    assert not (folder / "demo.json").exists()
