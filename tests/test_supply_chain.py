"""The container gets what was locked, by hash, and can change nothing but its volumes."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LOCKS = [(ROOT / name).read_text() for name in ("requirements.lock", "requirements-torch.lock")]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = [name for name, service in COMPOSE["services"].items() if service.get("image") == "salesconv"]


def name_of(package: str) -> str:
    """As locks write it, without extras."""
    return re.sub(r"[-_.]+", "-", package.partition("[")[0]).lower()


def pinned() -> dict[str, str]:
    lines = re.findall(r"^([A-Za-z][^=\s]*)==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)
    return {name_of(package): version for package, version in lines}


def locked() -> dict[str, tuple[str, int]]:
    """By package: its version, and how many hashes it has."""
    blocks = [block for lock in LOCKS for block in re.split(r"^(?=[a-z0-9])", lock, flags=re.M) if "==" in block]
    heads = [re.match(r"([^=\[]+)(?:\[[^]]*\])?==(\S+)", block) for block in blocks]
    return {
        head[1]: (head[2], block.count("--hash=sha256:")) for head, block in zip(heads, blocks, strict=True) if head
    }


def test_every_requirement_is_locked_at_its_version():
    """Where it is not: `make lock`."""
    assert {name: locked().get(name, ("",))[0] for name in pinned()} == pinned()


def test_everything_locked_has_hashes():
    assert [name for name, (_, hashes) in locked().items() if not hashes] == []


def test_the_lock_names_no_place_that_packages_came_from():
    assert not any("://" in lock or "index" in lock.split("==")[0] for lock in LOCKS)


def test_the_container_installs_from_the_lock_as_nobody_special():
    steps = (ROOT / "Dockerfile").read_text()
    assert steps.count("--require-hashes") == 2
    assert "-r requirements.txt" not in steps
    assert re.findall(r"^USER (\w+)", steps, re.M) == ["salesconv"]


@pytest.mark.parametrize("name", OURS)
def test_services_change_nothing_but_their_volumes(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not any(word.startswith("/") for word in service.get("command", []))


def test_what_the_container_can_do_besides_is_chosen_when_it_is_built():
    steps = (ROOT / "Dockerfile").read_text()
    assert COMPOSE["x-app"]["build"]["args"] == {"EXTRAS": "${EXTRAS:-}"}
    assert '--constraint /tmp/locked -r "requirements-$extra.txt"' in steps
    for extra in ("otel", "onnx"):
        assert (ROOT / f"requirements-{extra}.txt").exists()
        assert f"requirements-{extra}.txt" in " ".join(re.findall(r"^COPY (.*)", steps, re.M))


AUDITED = {"name": "django", "version": "5", "vulns": []}
FAULTY = {"name": "torch", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "kombu", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("answers", "strict", "expected", "said"),
    [
        ([AUDITED, AUDITED], "", 0, "2 packages, 0 known"),
        ([AUDITED, FAULTY], "", 1, "torch 2: PYSEC-1, mended in 3"),
        ([AUDITED, SKIPPED], "", 0, "NOT AUDITED: 1 packages"),
        ([], "", 0, "NOT AUDITED: 2 packages"),
        ([AUDITED, SKIPPED], "1", 1, "NOT AUDITED: 1 packages"),
    ],
)
def test_an_audit_fails_on_findings_and_never_hides_what_was_not_asked(
    monkeypatch, capsys, tmp_path, answers, strict, expected, said
):
    audit = runpy.run_path(str(ROOT / ".ci/audit"))["main"]
    monkeypatch.setitem(audit.__globals__, "asked", lambda lock: answers)
    monkeypatch.setenv("AUDIT_STRICT", strict)
    lock = tmp_path / "lock"
    lock.write_text("django==5\n    --hash=x\nother==2\n    # via django\n")
    assert audit([str(lock)]) == expected
    assert said in capsys.readouterr().out


def test_an_audit_without_pip_audit_ends_with_an_error(tmp_path):
    command = [sys.executable, "-S", str(ROOT / ".ci/audit"), str(ROOT / "requirements-torch.lock")]
    environment = {"PATH": os.environ["PATH"]}
    assert subprocess.run(command, env=environment, capture_output=True, check=False, cwd=tmp_path).returncode != 0
