"""Makes a backup of rows, model versions and waiting uploads, all of one moment, while everything goes on.

Redis is left out: sweeps fill its queues again from the rows. So are checkpoints of trainings, which begin anew.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import join

from django.core.files.storage import Storage, storages
from django.db import connection, transaction
from django.utils import timezone

from calls.models import Batch, Call
from mltraining.models import ModelVersion
from salesconv import postgres_programs
from salesconv.backup_manifest import DATABASE, Manifest, applied_migrations, hashes, seal

TRIES = 5  # an upload may be parsed, and its file be gone, in the moment between the look at its row and at its file


def back_up(into: Path) -> Path:
    """The new folder in `into`; it has its name once it is whole. Raises BackupError or OSError."""
    name = f"salesconv-{timezone.now():%Y-%m-%dT%H-%M-%SZ}"
    into.mkdir(parents=True, exist_ok=True)
    aside = into / f".unfinished-{name}"
    try:
        for tries_left in reversed(range(TRIES)):
            aside.mkdir(mode=0o700)
            with one_moment() as snapshot:
                gone = copy_files(aside)
                if gone and tries_left:
                    shutil.rmtree(aside)
                    continue
                postgres_programs.run(
                    "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
                    f"--snapshot={snapshot}", f"--file={aside / DATABASE}",
                )  # fmt: skip
                migrations = applied_migrations()
            break
        Manifest(timezone.now().isoformat(), migrations, seal(), gone, hashes(aside)).write(aside)
        return aside.rename(into / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def one_moment() -> Iterator[str]:
    """What is read within, here or by whoever names the snapshot, is of one moment."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute("select pg_export_snapshot()")
        yield cursor.fetchone()[0]


def copy_files(to: Path) -> list[str]:
    """Copies what the rows name; answers the names of what is not there. The spool first: its files do not stay."""
    gone = []
    for model in (Call, Batch):
        names = model.objects.exclude(spool_name="").values_list("spool_name", flat=True)
        gone += [name for name in names.iterator() if not copied(storages["spool"], name, to / "spool" / name)]
    for artefact in ModelVersion.objects.values_list("artefact", flat=True).exclude(artefact=""):
        inside = list(files_in(storages["models"], artefact))
        for path in inside:
            copied(storages["models"], path, to / "models" / path)
        gone += [] if inside else [artefact]
    return gone


def copied(storage: Storage, name: str, to: Path) -> bool:
    """False: it is not there any more."""
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with storage.open(name) as source, to.open("wb") as target:
            shutil.copyfileobj(source, target)
    except FileNotFoundError:
        return False
    return True


def files_in(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (join(folder, name) for name in files)
    for name in folders:
        yield from files_in(storage, join(folder, name))
