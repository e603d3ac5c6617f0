"""pg_dump and pg_restore, as they come with the embedded server, on the database that Django is connected to."""

import os
import subprocess

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from salesconv.backup_manifest import BackupError


def run(program: str, *arguments: str) -> None:
    """Raises BackupError with what it said last."""
    from salesconv.embedded import POSTGRES_PROGRAMS  # noqa: PLC0415  # only who makes or takes a backup needs servers

    words, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    reach = ["--dbname", words[-1], *words[1:-1]]
    command = [str(POSTGRES_PROGRAMS / program), *reach, "--no-password", *arguments]
    done = subprocess.run(
        command,
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()[-2000:]}")
