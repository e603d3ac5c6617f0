"""`make demo`: sample calls through the real ingest, a model through the real queues, every call scored, pages up.

Run again, it starts from what is there. `--once` fetches one scored call over HTTP, prints it as the last line, stops
everything it started and exits 0.
"""

import argparse
import json
import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesconv.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from calls.models import Call, Team, Token, User
from calls.refusal import Refusal
from calls.tokens import Scope
from mltraining.models import ModelVersion, Promotion, TrainingRun
from predictions import promotion
from predictions.models import Prediction
from salesconv import demo_calls, embedded
from salesconv.ending import Ending
from salesconv.exclusive import AlreadyHeld, exclusively
from salesconv.processes import ProcessEnded, Processes

TRAINING = {"budget_minutes": 3.0}  # a first look at the product should not wait longer for its model
DEADLINE_SECONDS = 20 * 60
METRICS = ("auc", "brier", "ece")


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="fetch one scored call, stop everything, exit")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    options = parser.parse_args()
    ending = Ending()
    try:
        with exclusively(Path(settings.VAR_DIR) / "demo.lock"):
            refuse_taken_port(options.port)
            handle_path().unlink(missing_ok=True)  # whoever waits for it waits for this run
            with ExitStack() as servers:
                with ending.afterwards():  # a Postgres that is just starting cannot be found, to be stopped
                    servers.enter_context(embedded.running())
                run(options.port, once=options.once)
    except AlreadyHeld as held:
        raise SystemExit(
            f"make demo: a demo runs already on {settings.VAR_DIR} (process {held.pid}); stop it, or set VAR_DIR"
        ) from None
    except (DemoFailed, ProcessEnded, Refusal, embedded.EmbeddedServerError) as error:
        raise SystemExit(f"make demo: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("make demo: stopped before it was ready") from None


def run(port: int, *, once: bool) -> None:
    started = time.monotonic()
    try:
        call_command("migrate", verbosity=0)
        users = make_people()
        say(demo_calls.deliver())
        with Processes(port) as processes:
            version = train_and_promote(processes)
            score_everything(version, processes)
            say(demo_calls.tell_late_outcomes())
            url = f"http://127.0.0.1:{port}"
            wait_for(lambda: web_answers(url), processes, "the web server does not answer")
            handle = write_handle(url, users)
            show_summary(version, handle, time.monotonic() - started)
            if once:
                print(json.dumps(fetch_scored_call(handle)), flush=True)
            else:
                stay(processes)
    finally:
        connection.close()


def stay(processes: Processes) -> None:
    print("\nCtrl-C stops everything; the data stays for the next `make demo`.", flush=True)
    with suppress(KeyboardInterrupt):
        processes.wait()
    say("stopping")


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoFailed(f"port {port} is taken ({error.strerror}); choose another: make demo PORT=8001") from None


def say(text: str) -> None:
    print(f"▸ {text}", flush=True)


def handle_path() -> Path:
    return Path(settings.VAR_DIR) / "demo.json"


def make_people() -> list[dict[str, str]]:
    """One person of each role; more reps come with the sample calls. Passwords outlive the run."""
    kept = Path(settings.VAR_DIR) / "demo-passwords.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    north, south = (Team.objects.get_or_create(name=name)[0] for name in ("North", "South"))
    cast: list[tuple[str, str, Team | None, list[Team]]] = [
        ("rita", User.Role.REP, north, []),
        ("mona", User.Role.MANAGER, None, [north]),
        ("ada", User.Role.ADMIN, None, []),
        ("crm", User.Role.INTEGRATION, None, [north, south]),
    ]
    users = []
    for username, role, team, teams in cast:
        password = known.get(username) or secrets.token_urlsafe(9)
        person, _ = User.objects.get_or_create(username=username)
        person.role, person.team = role, team
        person.is_staff = person.is_superuser = role == User.Role.ADMIN
        if not person.check_password(password):
            person.set_password(password)
        person.save()
        person.teams.set(teams)
        users.append({"username": username, "password": password, "role": str(role)})
    write_private(kept, {user["username"]: user["password"] for user in users})
    return users


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and for this account only."""
    aside = path.with_suffix(".part")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    aside.write_text(json.dumps(content, indent=2))
    aside.replace(path)


def train_and_promote(processes: Processes) -> ModelVersion:
    version = ModelVersion.objects.active()
    if version is None:
        version = newest_version() or trained_version(processes)
        say(f"promoting {version}: writing its vectors")
        override = "" if version.verdict != ModelVersion.Verdict.NOT_READY else "the demo shows whatever it trained"
        by = User.objects.get(username="ada")
        running = version.promotions.filter(state=Promotion.State.WRITING_VECTORS).first()
        promoting = running or promotion.promote(version, by, override=override)
        follow(promoting, lambda: promoting.state != Promotion.State.WRITING_VECTORS, processes)
        version.refresh_from_db()
        if not version.is_active:
            raise DemoFailed(f"the promotion ended as {promoting.state}: {promoting.error}")
    return version


def newest_version() -> ModelVersion | None:
    return ModelVersion.objects.filter(state=ModelVersion.State.CANDIDATE).first()


def trained_version(processes: Processes) -> ModelVersion:
    from mltraining import training  # noqa: PLC0415  # only a first start needs it

    say("training a model through the gpu queue")
    run = TrainingRun.objects.unfinished().first() or training.request(User.objects.get(username="ada"), TRAINING)
    follow(run, lambda: run.is_finished, processes)
    if run.state != TrainingRun.State.SUCCEEDED:
        raise DemoFailed(f"the training run ended as {run.state}: {run.error}")
    return run.version


def follow(row: Any, done: Callable[[], bool], processes: Processes) -> None:
    """Prints a row's stage and progress whenever they change, until it is done: a busy machine may take its time."""
    shown = ""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise DemoFailed(f"{row} has not moved for {DEADLINE_SECONDS} seconds; make demo goes on from here")
        processes.check()
        time.sleep(0.5)
        row.refresh_from_db()
        line = f"  {getattr(row, 'stage', '') or row.state} {row.progress:.0%}"
        if line != shown:
            print(line, flush=True)
            shown, deadline = line, time.monotonic() + DEADLINE_SECONDS


def score_everything(version: ModelVersion, processes: Processes) -> None:
    calls = Call.objects.ready()
    scored = Prediction.objects.filter(version=version, call__in=calls)
    say(f"scoring {calls.count()} calls")
    wait_for(
        lambda: not Call.objects.filter(state=Call.State.READY).exists() and scored.count() >= calls.count(),
        processes,
        "not every call was scored",
    )


def wait_for(done: Callable[[], bool], processes: Processes, complaint: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not done():
        processes.check()
        if time.monotonic() > deadline:
            raise DemoFailed(f"{complaint} within {DEADLINE_SECONDS} seconds")
        time.sleep(0.5)


def web_answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def write_handle(url: str, users: list[dict[str, str]]) -> dict[str, Any]:
    """What people and programs need to come in; each run has a token of its own."""
    ada = User.objects.get(username="ada")
    ada.tokens.filter(name="make demo").revoke(timezone.now())
    handle = {"url": url, "token": Token.issue(ada, "make demo", scopes=Scope.values), "users": users}
    write_private(handle_path(), handle)
    return handle


def show_summary(version: ModelVersion, handle: dict[str, Any], seconds: float) -> None:
    scored = Call.objects.filter(predictions__version=version).distinct()
    won, lost, unknown = (scored.filter(outcome=outcome).count() for outcome in ("won", "lost", ""))
    rejected = Call.objects.filter(state=Call.State.REJECTED).count()
    print(f"\n{scored.count()} calls scored by {version} ({won} won, {lost} lost, {unknown} open), {rejected} rejected")
    print(f"{seconds / 60:.1f} minutes")
    print(f"verdict: {version.get_verdict_display()}")
    for reason in version.verdict_reasons:
        print(f"  {'✓' if reason['passed'] else '✗'} {reason['text']}")
    print(f"{'':18}{'AUC':>8}{'Brier':>8}{'ECE':>8}")
    for row in version.report.get("rows", []):
        numbers = "".join(f"{row[name]:8.3f}" if row.get(name) is not None else f"{'–':>8}" for name in METRICS)
        print(f"{row['name']:18}{numbers}")
    print(f"\n{handle['url']}")
    for user in handle["users"]:
        print(f"  {user['role']:12} {user['username']:8} {user['password']}")
    print(f"  API token    {handle['token']}   (also in {handle_path()})", flush=True)


def fetch_scored_call(handle: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Token {handle['token']}"}
    with httpx.Client(base_url=handle["url"], headers=headers, timeout=30) as client:
        page = client.get("/api/v1/calls/", params={"state": "scored", "page_size": 1}).raise_for_status().json()
        call: dict[str, Any] = client.get(f"/api/v1/calls/{page['results'][0]['id']}/").raise_for_status().json()
    return call


if __name__ == "__main__":
    main()
