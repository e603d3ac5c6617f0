"""What a backup holds: a manifest that names every file with its SHA-256, and what it takes to read them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import InvalidToken
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from calls.encryption import cipher
from mltraining.ml.file_hash import file_hash

MANIFEST, DATABASE = "manifest.json", "database.dump"
STORES = ("models", "spool")  # of Django's storages; each is a folder of the backup
FORMAT = 1
SEALED = b"salesconv"


class BackupError(Exception):
    """A backup cannot be made, read or taken in; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    made_at: str
    migrations: dict[str, list[str]]  # by app, those that the database had
    sealed: str  # a word encrypted by the key that encrypts the spool
    gone: list[str]  # files that rows name, and that were not there
    files: dict[str, str]  # path in the backup -> SHA-256
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1, sort_keys=True))


def read(folder: Path) -> Manifest:
    """Of a backup of which every file is there and as it was written; else BackupError."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder} is no backup: its {MANIFEST} cannot be read ({type(error).__name__}).") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{folder} has format {manifest.format}; this release reads {FORMAT}.")
    found = hashes(folder)
    wrong = {name for name, sha in manifest.files.items() if found.get(name) != sha} | (
        set(found) - set(manifest.files)
    )
    if wrong:
        raise BackupError(f"{folder} is damaged: {sorted(wrong)[0]} is missing, changed or not in the manifest.")
    return manifest


def hashes(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {str(path.relative_to(folder)): file_hash(path) for path in paths}


def applied_migrations() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationLoader(connection).applied_migrations):
        found.setdefault(app, []).append(name)
    return found


def seal() -> str:
    return cipher().encrypt(SEALED).decode()


def opens(sealed: str) -> bool:
    """Whether this installation has the key of the backup's spool and secrets."""
    try:
        return cipher().decrypt(sealed.encode()) == SEALED
    except InvalidToken:
        return False
