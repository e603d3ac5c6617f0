"""What every test may use: the embedded servers, a small cast of people, and folders that vanish."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache

from calls.models import Team, User
from salesconv import embedded
from salesconv.celery import app
from salesconv.queues import QUEUES
from tests import factories

hypothesis.settings.register_profile("untimed", deadline=None)  # speed is measured in tests/benchmarks alone
hypothesis.settings.load_profile("untimed")


def pytest_sessionstart() -> None:
    """Real Postgres and Redis, before anything is collected; they stay up for the next run, which is then faster."""
    embedded.start()


@pytest.fixture(autouse=True)
def private_storage(tmp_path: Path, settings) -> None:
    """Spool, artefacts and files of a test lie in a folder of its own."""
    storages = {name: dict(options) for name, options in settings.STORAGES.items()}
    for name in ("default", "spool", "models"):
        storages[name]["OPTIONS"] = {**storages[name].get("OPTIONS", {}), "location": str(tmp_path / name)}
    settings.STORAGES = storages


@pytest.fixture
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def empty_queues() -> Iterator[None]:
    """No task waits at the broker, before and after."""
    with app.connection_for_write() as broker:
        broker.default_channel.client.delete(*QUEUES)
        yield
        broker.default_channel.client.delete(*QUEUES)


@pytest.fixture
def team(db) -> Team:
    return factories.team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return factories.user("rita", role=User.Role.REP, team=team)


@pytest.fixture
def stranger(db) -> User:
    """A rep of another team, who may see nothing of `rep`."""
    return factories.user("sam", role=User.Role.REP, team=factories.team("South"))


@pytest.fixture
def manager(team: Team) -> User:
    return factories.user("mona", role=User.Role.MANAGER, teams=[team])


@pytest.fixture
def admin(db) -> User:
    return factories.user("ada", role=User.Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def samples() -> Path:
    return Path(settings.BASE_DIR) / "tests" / "samples"
