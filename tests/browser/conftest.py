"""A logged-in Chromium against a live server; a test fails on any console error or request to another host."""

import os
import time
from collections.abc import Iterator

import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from calls.models import User
from predictions import tasks
from predictions.models import SavedView
from predictions.scorecards import filling
from tests import factories
from tests.access.world import drafted
from tests.browser import rows
from tests.predictions import watching

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright keeps a loop running in this thread

PATIENCE = 100  # looks
BUSY = """select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'"""
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The playwright plug-in defines its fixtures in a way that a later pytest will refuse."""
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestRemovedIn10Warning"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return {**browser_type_launch_args, "executable_path": program}


@pytest.fixture
def rep(transactional_db) -> User:
    return factories.user("rita", role=User.Role.REP, team=factories.team("North"))


@pytest.fixture
def admin(transactional_db) -> User:
    return factories.user("ada", role=User.Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def manager(rep: User) -> User:
    return factories.user("mona", role=User.Role.MANAGER, teams=[rep.team])


@pytest.fixture
def calls(rep: User, bands: None) -> list:
    return rows.scored_calls(rep)


@pytest.fixture
def bands(transactional_db) -> None:
    """A transactional test empties every table at its end, the bands of the migration too."""
    rows.bands()


@pytest.fixture
def passages(calls: list, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every second turn of the first call can be found by meaning, and a worker reads each question at once."""
    for turn in (1, 3, 5):
        watching.embedding(calls[0], rows.VECTOR, window=turn, first_turn=turn)
    read = np.asarray(rows.VECTOR, dtype=np.float32).tolist()
    monkeypatch.setattr(tasks.encode_query, "delay", lambda key: cache.set(f"query-vector:{key}", read, 60))


@pytest.fixture
def addresses(calls: list, admin: User) -> list[str]:
    """Pages with everything that they can show."""
    call, run = calls[0], rows.training_run()
    SavedView.objects.create(owner=admin, name="Likely", query="band=A&band=B")
    version = call.predictions.get().version
    candidate = rows.previewed_candidate(call)
    rows.at_risk(call)
    draft = drafted(admin)
    scorecard = filling.begin(rows.scorecard_template(), call, by=admin)
    return [
        "/upload/", f"/upload/{draft.pk}/", f"/upload/calls/{draft.calls.first().pk}/",
        "/live/", f"/live/{rows.running_call(call.rep, version).pk}/",
        "/", f"/calls/{call.pk}/", "/models/", f"/models/{version.pk}/", f"/models/{candidate.pk}/",
        f"/models/compare/?first={version.pk}&second={candidate.pk}",
        "/training/", f"/training/{run.pk}/", "/monitoring/", "/quality/",
        "/notices/", "/guesses/", "/views/", "/?sort=longest",
        f"/calls/{call.pk}/find/?q=budget", f"/calls/{call.pk}/statistics/",
        f"/customers/{call.customer_id}/", f"/calls/{call.pk}/turns/1/comments/",
        "/exports/", "/ask/",
        "/team/", "/attention/", "/scorecards/", f"/scorecards/{scorecard.pk}/", "/scorecards/templates/new/",
        f"/scorecards/templates/{scorecard.template_id}/",
    ]  # fmt: skip


@pytest.fixture
def quiet(context: BrowserContext, live_server) -> Iterator[list[str]]:
    """Whatever the browser complains of, and whatever it asks of somebody else; empty at the end of a good test."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:")):
            complaints.append(request.url)

    context.on("console", heard)
    context.on("request", asked)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield complaints
    for page in context.pages:
        page.close()
    wait_for_the_server()
    assert complaints == []


def wait_for_the_server() -> None:
    """Until it asks the database nothing more: a page that follows something would be in the way of emptying tables."""
    for _ in range(PATIENCE):
        with connection.cursor() as cursor:
            cursor.execute(BUSY)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.1)


@pytest.fixture
def login(page: Page, live_server, quiet: list[str]):
    """Logs somebody in through the form and ends at the list of calls."""

    def through_the_form(user: User) -> Page:
        page.goto(f"{live_server.url}/login/")
        page.get_by_label("User name").fill(user.username)
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_url(f"{live_server.url}/")
        return page

    return through_the_form
