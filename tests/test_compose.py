"""docker-compose.yml names only what exists: queues, programs, settings."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from salesconv import queues

TEXT = (Path(settings.BASE_DIR) / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "salesconv"}
EXAMPLE = (Path(settings.BASE_DIR) / ".env.example").read_text()
FILLED_IN = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.M))
PROCFILE = (Path(settings.BASE_DIR) / "Procfile").read_text()


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_service_runs_a_program_of_the_project(name):
    command = OURS[name].get("command") or dockerfile_command()
    if command[0] == "python":
        assert (Path(settings.BASE_DIR) / command[1]).exists()
    else:
        assert shutil.which(command[0]) or Path(settings.BASE_DIR, ".venv/bin", command[0]).exists()
    assert any(word.startswith("salesconv") or word == "manage.py" for word in command)


def test_the_services_and_the_procfile_serve_every_queue():
    served = [
        service["command"][service["command"].index("-Q") + 1] for service in OURS.values() if "-Q" in str(service)
    ]
    for named in (served, re.findall(r"-Q (\S+)", PROCFILE)):
        assert set(",".join(named).split(",")) == set(queues.QUEUES)
        assert "urgent,scoring" in named  # in this order: what somebody waits for goes first


def test_every_model_worker_is_a_solo_pool():
    """CUDA cannot start again in a forked child, and a solo worker holds one model."""
    for service in OURS.values():
        command = service.get("command", [])
        if "urgent,scoring" in command or "gpu" in command:
            assert command[command.index("-P") + 1] == "solo"


def test_the_gpu_worker_reserves_an_nvidia_device():
    devices = OURS["gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices[0]["driver"] == "nvidia"


def test_redis_keeps_what_is_queued():
    command = COMPOSE["services"]["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_only_named_volumes_are_mounted():
    mounts = [mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service.get("volumes", [])]
    assert set(mounts) == set(COMPOSE["volumes"])


def known_settings() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"(\w+)"', (Path(settings.BASE_DIR) / "salesconv/settings.py").read_text()))


def test_every_setting_passed_on_exists():
    assert set(COMPOSE["x-app"]["environment"]) <= known_settings()


def test_every_name_of_the_example_is_a_setting():
    names = set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.M))
    assert names - {"POSTGRES_PASSWORD", "EXTRAS"} <= known_settings()  # of compose itself


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_service_reads_every_setting_of_the_file_which_may_be_missing(name):
    assert OURS[name]["env_file"] == [{"path": ".env", "required": False}]


def test_no_variable_must_be_set_to_read_the_file():
    assert set(re.findall(r"\$\{\w+(.{2})", TEXT)) == {":-"}


def test_nothing_starts_before_the_settings_are_accepted():
    """Postgres keeps the password that it first started with, so it waits, too."""
    assert OURS["settings"]["command"] == ["python", "manage.py", "check", "--deploy"]
    for name in set(COMPOSE["services"]) - {"settings"}:
        assert "settings" in waited_for(name)


def waited_for(name: str) -> set[str]:
    """Services that this one starts after, at whatever distance."""
    direct = set(COMPOSE["services"][name].get("depends_on", {}))
    return direct.union(*map(waited_for, direct))


@pytest.mark.parametrize("name", ["SECRET_KEY", "POSTGRES_PASSWORD"])
def test_a_placeholder_of_the_example_is_refused(name):
    filled_in = FILLED_IN | {"SECRET_KEY": "s" * 50, "POSTGRES_PASSWORD": "secret"}
    assert checked(filled_in).returncode == 0
    refused = checked(filled_in | {name: FILLED_IN[name]})
    assert refused.returncode == 1
    assert name in refused.stderr


def test_without_a_file_of_settings_nothing_starts():
    refused = checked({}).stderr
    assert "E001" in refused
    assert "E009" in refused


def checked(file: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` with the variables that Docker would set from such a file."""
    given = {name: filled(value, file) for name, value in COMPOSE["x-app"]["environment"].items()}
    environment = {"PATH": os.environ["PATH"], **file, **given}
    command = [sys.executable, "manage.py", "check", "--deploy"]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)


def filled(value: str, file: dict[str, str]) -> str:
    """Inner variables first, as Docker does."""
    while (done := re.sub(r"\$\{(\w+):-([^${}]*)\}", lambda each: file.get(each[1]) or each[2], value)) != value:
        value = done
    return value


def test_the_override_of_the_readme_mounts_encoders_read_only_where_they_are_trained_or_checked():
    """Every manage.py command refuses an ENCODER whose folder is not there; people run theirs in web."""
    block = re.search(r"```yaml\n(x-encoders.*?)```", (Path(settings.BASE_DIR) / "README.md").read_text(), re.S)
    override = yaml.safe_load(block[1])["services"]
    commands = {name: " ".join(service.get("command", [])) for name, service in OURS.items()}
    needed = {name for name, command in commands.items() if "manage.py" in command or "-Q gpu" in command}
    assert set(override) == needed | {"web"}
    assert {mount for service in override.values() for mount in service["volumes"]} == {"/srv/encoders:/encoders:ro"}


def dockerfile_command() -> list[str]:
    line = next(
        line for line in (Path(settings.BASE_DIR) / "Dockerfile").read_text().splitlines() if line[:4] == "CMD "
    )
    return yaml.safe_load(line[4:])
