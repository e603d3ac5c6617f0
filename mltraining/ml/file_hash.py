"""By what a file is known again, whole or not."""

import hashlib
from pathlib import Path


def file_hash(path: Path) -> str:
    """SHA-256 in hexadecimal, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
