"""The stage of every fault: an empty database, an empty broker, one active version, a crew of workers."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from calls.models import Token
from calls.tokens import Scope
from mltraining.models import ModelVersion
from predictions import serving
from predictions.models import Band
from salesconv.queues import QUEUES
from tests import real_server, small_models
from tests.faults.crew import LEASE_SECONDS, Crew, broker
from tests.faults.trials import TRIALS, Trial, Trials


@pytest.fixture
def crew(transactional_db, empty_cache, settings, tmp_path: Path, trial) -> Iterator[Crew]:
    settings.LEASE_SECONDS = LEASE_SECONDS
    settings.MIN_LABELS_PER_CLASS = 6
    broker().delete(*QUEUES)
    broker().delete("unacked", "unacked_index")  # what a killed worker held would come back an hour later
    people = Crew(
        tmp_path,
        trial,
        LEASE_SECONDS=str(LEASE_SECONDS),
        MIN_LABELS_PER_CLASS="6",
        TRAINING_NICENESS="0",  # nobody here waits for anything but the training
        SPOOL_DIR=str(tmp_path / "spool"),
        MODELS_DIR=str(tmp_path / "models"),
    )
    yield people
    people.dismiss()


@pytest.fixture
def active(crew: Crew) -> ModelVersion:
    """The version that serves while something goes wrong."""
    Band.objects.all().delete()  # whether the migrations' rows are there depends on the tests before
    Band.objects.create(letter="A", lower=0.0)
    serving.forget()
    return small_models.version()


@pytest.fixture
def web(crew: Crew, admin, tmp_path: Path) -> Iterator[httpx.Client]:
    """The server of the Procfile in a process of its own, asked with an admin's token."""
    environment = crew.environment | {"WEB_LOCK_SECONDS": "1", "LOG_LEVEL": "INFO"}
    headers = {"Authorization": f"Token {Token.issue(admin, 'a test', scopes=list(Scope.values))}"}
    with (
        real_server.serving(tmp_path / "web.log", **environment) as url,
        httpx.Client(base_url=url, headers=headers, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    """One row of the table; tests of the same `fault` share it."""
    marker = request.node.get_closest_marker("fault")
    made = Trial(marker.args[0] if marker else request.node.name)
    yield made
    made.failed = getattr(request.node, "has_failed", True)
    request.config.stash.setdefault(TRIALS, Trials()).done.append(made)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.has_failed = report.failed
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if trials := config.stash.get(TRIALS, None):
        terminalreporter.section("faults")
        for line in trials.lines():
            terminalreporter.line(line)
