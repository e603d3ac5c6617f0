"""A backup that is taken into a second, empty installation is the first one again."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from calls import spool
from calls.models import Call
from mltraining import registry, subprocess_run
from mltraining.examples import example_from
from predictions import scoring, serving
from salesconv import backing_up
from salesconv.backup_manifest import DATABASE, MANIFEST, BackupError, Manifest, hashes, read, seal
from tests import factories, small_models

whole = pytest.mark.django_db(transaction=True)  # a backup looks at one moment, so it wants its own transaction

SECOND = "test_second_salesconv"
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
HASH = "select count(*), md5(coalesce(string_agg(each::text, '|' order by each::text), '')) from public.{} each"
SAY_SCORE = """
from mltraining import registry
from mltraining.examples import example_from
from calls import spool
from calls.models import Call
call = Call.objects.get(external_id="the-scored")
print(repr(float(registry.load(registry.active()).predict_proba([example_from(call)])[0])))
print(spool.get(Call.objects.get(external_id="the-waiting").spool_name).decode())
"""


@pytest.fixture
def installation(enqueued_nothing) -> Call:
    """With a version, a scored call and one that waits in the spool."""
    small_models.version()
    serving.forget()
    call = factories.call(small_models.WON, external_id="the-scored", customer=factories.customer())
    assert scoring.score([call.pk]) == 1
    factories.call(external_id="the-waiting", state=Call.State.RECEIVED, spool_name=spool.put(b"still encrypted"))
    return call


@pytest.fixture
def enqueued_nothing(monkeypatch) -> None:
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *_, **__: None)


@pytest.fixture
def second(tmp_path: Path):
    """A way to run manage.py on an empty database and empty folders."""
    environment = os.environ | subprocess_run.environment()
    environment["DATABASE_URL"] = environment["DATABASE_URL"].replace(connection.settings_dict["NAME"], SECOND)
    environment |= {"MODELS_DIR": str(tmp_path / "second/models"), "SPOOL_DIR": str(tmp_path / "second/spool")}
    drop_second("create database")

    def manage(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )

    yield manage
    drop_second()


def drop_second(then: str = "") -> None:
    with psycopg.connect(**reach("postgres"), autocommit=True) as server:
        server.execute(f"drop database if exists {SECOND} with (force)")
        if then:
            server.execute(f"{then} {SECOND}")


def reach(name: str) -> dict[str, str]:
    known = connection.settings_dict
    return {"host": known["HOST"], "user": known["USER"], "dbname": name}


def contents(name: str) -> dict[str, tuple[int, str]]:
    """Number of rows and hash of every table."""
    with psycopg.connect(**reach(name)) as database:
        tables = [table for (table,) in database.execute(TABLES).fetchall()]
        return {table: database.execute(HASH.format(table)).fetchone() for table in tables}


def by_hand(folder: Path, **fields: object) -> Path:
    """A backup whose database is no dump."""
    (folder / "spool").mkdir(parents=True)
    (folder / "spool/upload").write_bytes(b"encrypted")
    (folder / DATABASE).write_bytes(b"no dump")
    known = {"made_at": "2026-03-02", "migrations": {}, "sealed": seal(), "gone": [], "files": hashes(folder)}
    Manifest(**(known | fields)).write(folder)
    return folder


@whole
def test_every_table_and_the_score_of_a_call_are_the_same_afterwards(installation, second, tmp_path):
    folder = backing_up.back_up(tmp_path / "backups")
    done = second("restore", str(folder))
    assert done.returncode == 0, done.stderr
    first = contents(connection.settings_dict["NAME"])
    assert contents(SECOND) == first
    assert first["predictions_prediction"][0] == 1
    expected = float(registry.load(registry.active()).predict_proba([example_from(installation)])[0])
    assert second("shell", "--no-imports", "-c", SAY_SCORE).stdout.splitlines() == [repr(expected), "still encrypted"]
    assert "The database is not empty" in second("restore", str(folder)).stderr


@whole
def test_a_database_that_was_migrated_and_holds_nothing_yet_is_taken(installation, second, tmp_path):
    assert second("migrate").returncode == 0
    folder = backing_up.back_up(tmp_path / "backups")
    assert folder.stat().st_mode & 0o077 == 0  # for its owner only
    assert second("restore", str(folder)).returncode == 0
    assert second("migrate", "--check").returncode == 0


@whole
def test_a_file_that_is_gone_is_looked_for_again_and_named_in_the_end(installation, tmp_path):
    waiting = Call.objects.get(external_id="the-waiting")
    spool.delete(waiting.spool_name)
    assert read(backing_up.back_up(tmp_path / "backups")).gone == [waiting.spool_name]


@whole
def test_what_is_unfinished_has_no_name_and_is_removed(tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise BackupError("the disk is full")

    monkeypatch.setattr("salesconv.postgres_programs.run", fail)
    with pytest.raises(CommandError, match="the disk is full"):
        call_command("backup", tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_failed_restore_leaves_no_file_behind(db, second, tmp_path):
    assert "pg_restore failed" in second("restore", str(by_hand(tmp_path / "backup"))).stderr
    assert [path for path in (tmp_path / "second").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: (folder / MANIFEST).unlink(), "is no backup"),
        (lambda folder: (folder / MANIFEST).write_text("[]"), "is no backup"),
        (lambda folder: (folder / DATABASE).write_bytes(b"x"), "is damaged: database.dump"),
        (lambda folder: (folder / "more").write_bytes(b"x"), "is damaged: more"),
        (lambda folder: (folder / "spool/upload").unlink(), "is damaged: spool"),
    ],
)
def test_a_damaged_backup_is_refused(tmp_path, harm, said):
    folder = by_hand(tmp_path / "backup")
    harm(folder)
    with pytest.raises(BackupError, match=said):
        read(folder)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"format": 2}, "has format 2"),
        ({"migrations": {"calls": ["9999_of_tomorrow"]}}, "does not know calls 9999_of_tomorrow"),
        ({"sealed": Fernet(Fernet.generate_key()).encrypt(b"salesconv").decode()}, "another SPOOL_KEY or SECRET_KEY"),
        ({}, "The database is not empty: it has users"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_says_why(admin, tmp_path, fields, said):
    with pytest.raises(CommandError, match=said):
        call_command("restore", by_hand(tmp_path / "backup", **fields))


def test_another_key_can_be_accepted(admin, tmp_path):
    other = Fernet(Fernet.generate_key()).encrypt(b"salesconv").decode()
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", by_hand(tmp_path / "backup", sealed=other), with_another_key=True)
