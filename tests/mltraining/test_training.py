"""Training runs: who may start one, who holds it, and what its process leaves."""

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, OperationalError
from django.utils import timezone
from psycopg import errors
from structlog.contextvars import bound_contextvars

from mltraining import subprocess_run, training, why_failed
from mltraining.management.commands import run_training
from mltraining.models import TrainingRun
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("enqueued")]

State = TrainingRun.State


@pytest.fixture
def labelled(settings) -> None:
    settings.MIN_LABELS_PER_CLASS = 2
    factories.labelled(2, 2)


def queued(**fields) -> TrainingRun:
    return TrainingRun.objects.create(**({"config": {}} | fields))


def child_that(code: str, monkeypatch) -> None:
    """In place of the real child, another real process."""
    real = subprocess.Popen
    monkeypatch.setattr(subprocess_run.subprocess, "Popen", lambda _, **kw: real([sys.executable, "-c", code], **kw))


def finished(run: TrainingRun) -> TrainingRun:
    training.run(run.pk)
    run.refresh_from_db()
    return run


def test_a_request_is_a_queued_row_with_the_whole_configuration(labelled, admin, enqueued, settings):
    settings.TRAINING = {"loss": "triplet", "seed": 3}
    run = training.request(admin, {"seed": 7})
    assert (run.state, run.requested_by, run.counts) == ("queued", admin, {"won": 2, "lost": 2})
    assert (run.config["encoder"], run.config["loss"], run.config["seed"]) == ("hashing", "triplet", 7)
    assert enqueued == [run.pk]


def test_too_few_labels_are_refused_with_the_counts(labelled, admin, settings):
    settings.MIN_LABELS_PER_CLASS = 3
    with pytest.raises(training.NotEnoughLabels) as refused:
        training.request(admin, {})
    assert refused.value.code == "not_enough_labels"
    assert refused.value.fields == {"won": 2, "lost": 2, "needed": 3}
    assert not TrainingRun.objects.exists()


def test_where_two_sources_are_demanded_one_does_not_count(labelled, settings):
    settings.REQUIRE_VERIFIED_LABELS = True
    assert training.label_counts() == {"won": 0, "lost": 0}


@pytest.mark.parametrize("overrides", [{"sed": 1}, {"loss": "wishful"}, {"seed": "one"}])
def test_a_wrong_setting_is_refused_by_name(labelled, admin, overrides):
    with pytest.raises(training.BadConfiguration) as refused:
        training.request(admin, overrides)
    assert next(iter(overrides)) in str(refused.value)


def test_only_one_worker_claims_a_run():
    run = queued()
    assert training.claim(run.pk).attempts == 1
    assert training.claim(run.pk) is None


def test_a_run_whose_holder_fell_silent_is_claimed_again():
    run = queued(state=State.RUNNING, attempts=1, lease_until=timezone.now() - timedelta(seconds=1))
    assert training.claim(run.pk).attempts == 2


UNFORESEEN = """
try:
    1 / 0
except ZeroDivisionError:
    raise LookupError("No such bin.\\nframe #0")
"""


def test_an_error_that_nobody_foresaw_is_a_sentence_above_what_was_printed(monkeypatch):
    child_that(UNFORESEEN, monkeypatch)
    run = finished(queued())
    assert run.state == State.FAILED
    assert run.why_failed == "It ended by an error that nobody foresaw: LookupError: No such bin."
    assert "ZeroDivisionError: division by zero" in run.printed
    assert run.finished_at


def test_a_training_that_the_database_left_alone_gets_another_attempt_and_in_the_end_none(monkeypatch, settings):
    settings.MAX_ATTEMPTS = 2
    child_that(f"raise SystemExit({os.EX_TEMPFAIL})", monkeypatch)
    run = finished(queued())
    assert run.state == State.QUEUED
    assert "The database went away" in finished(run).error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError("Unable to allocate 8 PiB."), "Memory ran out: Unable to allocate 8 PiB. The same run would"),
        (RuntimeError("CUDA out of memory. Tried\nframe"), "Memory ran out: CUDA out of memory. Tried. The same"),
        (OSError(28, os.strerror(28), "/x"), "The disk is full: [Errno 28] No space left on device: '/x'. Free"),
    ],
)
def test_an_error_that_a_machine_brings_about_says_what_to_do(error, reason):
    assert why_failed.foreseen(error).startswith(reason)


def test_a_database_that_goes_away_does_not_close_the_run(monkeypatch):
    monkeypatch.setattr(run_training, "end_with_parent", lambda: None)
    run = training.claim(queued(config={}).pk)
    monkeypatch.setattr(training, "check_labels", going_away)
    with pytest.raises(SystemExit) as ended:
        call_command("run_training", run.pk, attempt=run.attempts)
    run.refresh_from_db()
    assert (ended.value.code, run.state) == (os.EX_TEMPFAIL, State.RUNNING)


@pytest.mark.parametrize("cause", [errors.DiskFull(), errors.ForeignKeyViolation()])
def test_a_database_that_is_there_is_not_said_to_have_gone_away(monkeypatch, cause):
    def refusing(counts) -> None:
        raise DatabaseError("refused") from cause

    monkeypatch.setattr(run_training, "end_with_parent", lambda: None)
    run = training.claim(queued(config={}).pk)
    monkeypatch.setattr(training, "check_labels", refusing)
    with pytest.raises(DatabaseError):
        call_command("run_training", run.pk, attempt=run.attempts)


def going_away(counts) -> None:
    raise OperationalError("the connection is lost")


@pytest.mark.parametrize(
    ("config", "reason"),
    [({"steps": -1}, "steps must be from 0 to 1000000, not -1."), ({}, "A training needs 40 won and 40 lost calls")],
)
def test_an_error_that_is_known_is_the_whole_reason(monkeypatch, config, reason):
    monkeypatch.setattr(run_training, "end_with_parent", lambda: None)
    run = training.claim(queued(config=config).pk)
    with pytest.raises(SystemExit):
        call_command("run_training", run.pk, attempt=run.attempts)
    run.refresh_from_db()
    assert (run.state, run.error[: len(reason)]) == (State.FAILED, reason)
    assert "Traceback" not in run.error


def test_a_killed_child_gets_another_attempt_and_in_the_end_none(monkeypatch, enqueued, settings):
    settings.MAX_ATTEMPTS = 2
    child_that("import os; os.kill(os.getpid(), 9)", monkeypatch)
    run = finished(queued())
    assert (run.state, enqueued) == (State.QUEUED, [run.pk])
    run = finished(run)
    assert run.state == State.FAILED
    assert "SIGKILL" in run.error


def test_the_deadline_ends_the_child(monkeypatch, settings):
    settings.TRAINING_DEADLINE_SECONDS, settings.LEASE_SECONDS = 0, 1
    child_that("import time; time.sleep(60)", monkeypatch)
    run = finished(queued())
    assert run.state == State.FAILED
    assert "longer than" in run.error


def test_the_lease_is_renewed_while_the_child_works(monkeypatch, settings):
    settings.LEASE_SECONDS = 1
    child_that("import time; time.sleep(1.5)", monkeypatch)
    run = finished(queued())
    assert run.lease_until - run.started_at > timedelta(seconds=1.9)


def test_losing_the_claim_ends_the_child_and_leaves_the_row_alone(monkeypatch, settings):
    settings.LEASE_SECONDS = 1
    child_that("import time; time.sleep(60)", monkeypatch)
    monkeypatch.setattr(subprocess_run, "renewed", lambda run: False)
    run = finished(queued())
    assert (run.state, run.error) == (State.RUNNING, "")


def test_the_child_ends_when_its_parent_is_gone():
    reading, writing = os.pipe()
    code = "from mltraining.management.commands.run_training import end_with_parent; end_with_parent()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=reading)
    os.close(reading)
    threading.Timer(0.1, os.close, [writing]).start()
    assert child.wait(20) == 1


SPEAKING = """
import django, logging
django.setup()
from mltraining import child_log
with child_log.carrying(run=7):
    logging.getLogger("child").warning("I train")
print("kept for the row")
raise SystemExit(1)
"""


def test_log_lines_of_the_child_stand_in_the_log_of_its_worker_and_carry_its_ids(monkeypatch, capfd):
    child_that(SPEAKING, monkeypatch)
    with bound_contextvars(task_id="the-task", request_id="the-request"):
        run = finished(queued())
    line = next(json.loads(line) for line in capfd.readouterr().err.splitlines() if "I train" in line)
    assert (line["event"], line["run"]) == ("I train", 7)
    assert (line["task_id"], line["request_id"]) == ("the-task", "the-request")
    assert run.printed == "kept for the row"


def test_the_sweep_queues_lost_runs_again_but_not_at_every_look(enqueued):
    past = timezone.now() - timedelta(seconds=1)
    lost = queued(state=State.RUNNING, attempts=1, lease_until=past)
    queued(state=State.RUNNING, attempts=1, lease_until=timezone.now() + timedelta(minutes=1))
    training.sweep()
    training.sweep()
    assert enqueued == [lost.pk]


def test_the_sweep_gives_up_after_too_many_attempts(enqueued, settings):
    past = timezone.now() - timedelta(seconds=1)
    lost = queued(state=State.RUNNING, attempts=settings.MAX_ATTEMPTS, lease_until=past)
    training.sweep()
    lost.refresh_from_db()
    assert (lost.state, enqueued) == (State.FAILED, [])
    assert "3 times" in lost.error


def test_the_child_gets_the_database_that_is_in_use():
    assert subprocess_run.database_url().endswith("/test_salesconv")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (
            "postgres://u:p%40w@db:5432/live?sslmode=require",
            "postgres://u:p%40w@db:5432/test_salesconv?sslmode=require",
        ),
        ("postgres://postgres@//abs/folder/live", "postgres://postgres@//abs/folder/test_salesconv"),
    ],
)
def test_the_rest_of_the_address_stays_as_configured(settings, given, used):
    settings.DATABASE_URL = given
    assert subprocess_run.database_url() == used


def test_a_worker_that_is_told_to_end_hands_its_run_back_and_it_costs_no_attempt(monkeypatch, caplog):
    child_that("import time; time.sleep(60)", monkeypatch)
    monkeypatch.setattr(subprocess_run.Worker, "is_ending", True)
    run = finished(queued())
    assert (run.state, run.attempts) == (State.QUEUED, 0)
    assert "its worker was told to end" in caplog.text


def test_a_run_that_is_handed_back_again_and_again_comes_to_an_end(monkeypatch, settings):
    child_that("import time; time.sleep(60)", monkeypatch)
    monkeypatch.setattr(subprocess_run.Worker, "is_ending", True)
    patience = timedelta(seconds=settings.TRAINING_DEADLINE_SECONDS * settings.MAX_ATTEMPTS)
    run = finished(queued(started_at=timezone.now() - patience))
    assert (run.state, run.attempts) == (State.QUEUED, 1)


def test_all_else_on_the_machine_goes_before_a_training(monkeypatch, settings):
    settings.TRAINING_NICENESS, settings.TRAINING_DEADLINE_SECONDS = 7, 60
    child_that(
        "import os, sys, time\n"
        "while os.getpriority(os.PRIO_PROCESS, 0) < 7: time.sleep(0.01)\n"
        "print('stands back by', os.getpriority(os.PRIO_PROCESS, 0)); sys.exit(1)",
        monkeypatch,
    )
    assert "stands back by 7" in finished(queued()).error


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel shares the cores among processes")
def test_where_the_cores_are_shared_among_sessions_that_of_a_training_stands_back(monkeypatch, settings):
    settings.TRAINING_NICENESS, settings.TRAINING_DEADLINE_SECONDS = 7, 60
    child_that(
        "import sys, time\n"
        "while 'nice 7' not in open('/proc/self/autogroup').read(): time.sleep(0.01)\n"
        "print('its session, too'); sys.exit(1)",
        monkeypatch,
    )
    assert "its session, too" in finished(queued()).error
