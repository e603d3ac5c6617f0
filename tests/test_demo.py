"""A demo that may not run touches nothing of one that runs."""

import os
import subprocess
import sys
from itertools import chain, count, repeat
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from salesconv import demo, embedded
from salesconv.exclusive import AlreadyHeld, exclusively

TAKE_A_PORT = """
import socket, sys
taken = socket.create_server(("127.0.0.1", 0))
print(taken.getsockname()[1], flush=True)
sys.stdin.read()
"""


def refused(folder: Path, port: int) -> str:
    """What a demo on this folder and port says when it ends at once."""
    environment = os.environ | {"VAR_DIR": str(folder)}
    command = [sys.executable, "-m", "salesconv.demo", "--once", "--port", str(port)]
    ended = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    return ended.stderr


def test_a_second_demo_on_the_same_data_is_refused_whatever_its_port(tmp_path):
    ready = tmp_path / "demo.json"
    ready.write_text("{}")
    with exclusively(tmp_path / "demo.lock"):
        said = refused(tmp_path, port=1)
    assert said.startswith(f"make demo: a demo runs already on {tmp_path} (process {os.getpid()})")
    assert ready.exists()


def test_a_taken_port_is_refused_before_anything_starts(tmp_path):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", TAKE_A_PORT], text=True, **pipes) as holder:
        port = int(holder.stdout.readline())
        assert f"port {port} is taken" in refused(tmp_path, port)
        holder.stdin.close()
    assert {path.name for path in tmp_path.iterdir()} == {"demo.lock"}


def test_servers_that_ran_before_go_on_running():
    with embedded.running():
        pass
    assert embedded.answering() == embedded.SERVERS


def test_a_lock_ends_with_its_block(tmp_path):
    with exclusively(tmp_path / "lock"), pytest.raises(AlreadyHeld), exclusively(tmp_path / "lock"):
        pass
    with exclusively(tmp_path / "lock"):
        pass


def test_a_signal_is_held_back_until_it_can_do_no_harm():
    program = """
import os, signal
from salesconv.ending import Ending
ending = Ending()
try:
    with ending.afterwards():
        os.kill(os.getpid(), signal.SIGTERM)
        print("went on", flush=True)
except KeyboardInterrupt:
    os.kill(os.getpid(), signal.SIGHUP)
    print("cleaned up", flush=True)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=settings.BASE_DIR, capture_output=True, check=True)
    assert ended.stdout == b"went on\ncleaned up\n"


def test_a_signal_in_the_middle_of_generated_code_ends_the_program_as_anywhere_else(tmp_path):
    (tmp_path / "interrupted.py").write_text("""
from salesconv.ending import Ending
Ending()
try:
    exec("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")  # importing a dataclass runs such code, too
except KeyboardInterrupt:
    raise SystemExit(1)
""")
    paths = os.pathsep.join([str(tmp_path), str(settings.BASE_DIR)])
    ended = subprocess.run([sys.executable, "-m", "interrupted"], env=os.environ | {"PYTHONPATH": paths}, check=False)
    assert ended.returncode == 1


def test_a_training_is_waited_for_as_long_as_it_moves(monkeypatch, capsys):
    clock, steps = count(step=700), chain(range(5), repeat(5))
    monkeypatch.setattr(demo.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(demo.time, "sleep", lambda _: None)
    run = SimpleNamespace(stage="fine-tune", state="running", progress=0.0)
    run.refresh_from_db = lambda: setattr(run, "progress", next(steps) / 10)
    demo.follow(run, lambda: run.progress >= 0.5, SimpleNamespace(check=lambda: None))
    assert "fine-tune 50%" in capsys.readouterr().out
    with pytest.raises(demo.DemoFailed, match="has not moved"):
        demo.follow(run, lambda: False, SimpleNamespace(check=lambda: None))
