"""docker-compose.yml names only what exists: queues, programs, settings."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from salesconv import queues

COMPOSE = yaml.safe_load((Path(settings.BASE_DIR) / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "salesconv"}
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
    served = {
        service["command"][service["command"].index("-Q") + 1] for service in OURS.values() if "-Q" in str(service)
    }
    assert served == set(queues.QUEUES)
    assert set(re.findall(r"-Q (\S+)", PROCFILE)) == set(queues.QUEUES)


def test_every_model_worker_is_a_solo_pool():
    """CUDA cannot start again in a forked child, and a solo worker holds one model."""
    for service in OURS.values():
        command = service.get("command", [])
        if "scoring" in command or "gpu" in command:
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


def test_every_setting_passed_on_exists():
    known = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (Path(settings.BASE_DIR) / "salesconv/settings.py").read_text()))
    assert set(COMPOSE["x-app"]["environment"]) <= known


def dockerfile_command() -> list[str]:
    line = next(
        line for line in (Path(settings.BASE_DIR) / "Dockerfile").read_text().splitlines() if line[:4] == "CMD "
    )
    return yaml.safe_load(line[4:])
