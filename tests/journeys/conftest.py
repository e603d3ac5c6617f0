"""A demo that runs, and people who are signed in to it with Chromium, as the README's first command leaves them.

`DEMO_DIR` is the demo's folder. What runs there already is used, and stays; else one is started and ended here.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.browser.pictures import CHROMIUM, signed_in

FOLDER = Path(os.environ.get("DEMO_DIR", Path(settings.BASE_DIR) / "var" / "journeys"))
PATIENCE = 1800  # seconds, for its model to be trained and every call to be scored
WORKER_PATIENCE = 300_000  # milliseconds, for what a worker does


def soon(look: Callable[[], Any], process: subprocess.Popen | None = None) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        assert process is None or process.poll() is None, (FOLDER / "demo.log").read_text()[-4000:]
        time.sleep(0.5)
    return found


def running() -> dict[str, Any] | None:
    """The handle of a demo that answers."""
    try:
        handle = json.loads((FOLDER / "demo.json").read_text())
        httpx.get(f"{handle['url']}/livez", timeout=5).raise_for_status()
    except (FileNotFoundError, httpx.HTTPError):
        return None
    return handle


@pytest.fixture(scope="session")
def demo() -> Iterator[dict[str, Any]]:
    if handle := running():
        yield handle
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "salesconv.settings",
        "VAR_DIR": str(FOLDER),
        "PORT": str(free_port()),
    }
    with (FOLDER / "demo.log").open("wb") as log:
        command = [sys.executable, "-m", "salesconv.demo"]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log)
    try:
        yield soon(running, process)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def api(demo) -> Iterator[httpx.Client]:
    """As an admin's program asks."""
    headers = {"Authorization": f"Token {demo['token']}"}
    with httpx.Client(base_url=f"{demo['url']}/api/v1", headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def candidate(api) -> Callable[[], int]:
    """The number of a version that could serve, which is trained, where there is none, while other journeys go on."""
    there = api.get("/model-versions/", params={"state": "candidate"}).raise_for_status().json()["results"]
    if there:
        return lambda: there[0]["id"]
    config = {"tune": "none", "seed": time.time_ns() % 1_000_000}  # never that of an earlier run
    posted = api.post("/training-runs/", json={"config": config}).raise_for_status().json()
    asked = f"/training-runs/{posted['id']}/"
    return lambda: soon(lambda: api.get(asked).raise_for_status().json()["model_version"])


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture
def visit(browser: Browser, demo) -> Iterator[Callable[[str], Page]]:
    """Somebody of a role, signed in by the form. No page may complain, nor ask another host for anything."""
    complaints: list[str] = []
    pages: list[Page] = []

    def of(role: str) -> Page:
        page = signed_in(browser, demo, role)
        page.context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.context.on("weberror", lambda error: complaints.append(str(error.error)))
        page.context.on("request", lambda asked: None if asked.url.startswith(own) else complaints.append(asked.url))
        pages.append(page)
        return page

    own = (demo["url"], "data:")
    yield of
    for page in pages:
        page.context.close()
    assert complaints == []
