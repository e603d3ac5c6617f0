"""Takes a backup into an empty installation: files first, then all rows in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from calls.models import Call, Customer, User
from mltraining.models import ModelVersion, TrainingRun
from salesconv import postgres_programs
from salesconv.backing_up import files_in
from salesconv.backup_manifest import DATABASE, STORES, BackupError, Manifest, opens, read

TELLING = (
    User,
    Customer,
    Call,
    TrainingRun,
    ModelVersion,
)  # rows of these are somebody's; those of others come with us
EMPTY_THE_SCHEMA = """
drop extension if exists vector cascade;
do $$ declare each record; begin
    for each in select format('%I', tablename) as name from pg_tables where schemaname = 'public' loop
        execute 'drop table if exists public.' || each.name || ' cascade';
    end loop;
    for each in select oid::regprocedure as name from pg_proc where pronamespace = 'public'::regnamespace loop
        execute 'drop routine if exists ' || each.name || ' cascade';
    end loop;
end $$;
"""


def restore(folder: Path, *, with_another_key: bool = False) -> Manifest:
    """Refuses, by BackupError, a backup that is damaged, newer than this release or under another key, and an
    installation that holds anything. Whatever fails later leaves the installation as empty as it was."""
    manifest = read(folder)
    refuse_newer(manifest)
    refuse_another_key(manifest, with_another_key)
    refuse_where_something_is()
    with files_put_back(folder):
        with connection.cursor() as cursor:
            cursor.execute(EMPTY_THE_SCHEMA)
        connection.close()
        postgres_programs.run(
            "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            str(folder / DATABASE),
        )
    cache.clear()
    return manifest


def refuse_newer(manifest: Manifest) -> None:
    known = set(MigrationLoader(None).disk_migrations)
    for app, names in manifest.migrations.items():
        if newer := [name for name in names if (app, name) not in known]:
            raise BackupError(
                f"The backup is of another release: this one does not know {app} {newer[-1]}. Install that one."
            )


def refuse_another_key(manifest: Manifest, accepted: bool) -> None:
    if not opens(manifest.sealed) and not accepted:
        raise BackupError(
            "The backup was made under another SPOOL_KEY or SECRET_KEY: uploads that wait, secrets of webhooks and"
            " second factors could not be read. Set the keys that it was made under, or give --with-another-key and do"
            " without them."
        )


def refuse_where_something_is() -> None:
    tables = set(connection.introspection.table_names())
    for model in TELLING:
        if model._meta.db_table in tables and model._base_manager.exists():
            raise BackupError(
                f"The database is not empty: it has {model._meta.verbose_name_plural}. Restore into a new one."
            )
    for store in STORES:
        if next(files_in(storages[store], ""), None):
            raise BackupError(f"The storage of {store} is not empty. Restore into a new one.")


@contextmanager
def files_put_back(folder: Path) -> Iterator[None]:
    """For good, if the block ends well."""
    put: list[tuple[str, str]] = []
    try:
        for store in STORES:
            for path in sorted(path for path in (folder / store).rglob("*") if path.is_file()):
                with path.open("rb") as file:
                    name = str(path.relative_to(folder / store))
                    put.append((store, storages[store].save(name, File(file))))
        yield
    except BaseException:  # one that is told to stop, too: files without their rows would be nobody's
        for store, name in put:
            storages[store].delete(name)
        raise
