"""Uploads wait here, encrypted, until they are parsed: the one place where unredacted words may lie.

The file is written before the row that names it, so a crash leaves at worst a file that no row names; `purge` removes
those. Names are random and say nothing about anybody.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from calls import clock
from calls.encryption import cipher
from calls.models import Batch, Call, DraftCall

if TYPE_CHECKING:
    from calls.naming import Names

ORPHAN_HOURS = 6  # far longer than any request between writing the file and committing the row


class SpoolError(Exception):
    """An upload that waits in the spool cannot be read back."""


def storage() -> Storage:
    return storages["spool"]


def put(content: bytes) -> str:
    """Stores the bytes encrypted; returns the name to get them back by. OSError, as of a full disk, leaves nothing."""
    name = uuid4().hex
    try:
        return storage().save(name, ContentFile(cipher().encrypt(content)))
    except OSError:
        storage().delete(name)
        raise


def get(name: str) -> bytes:
    """The bytes; SpoolError if they are gone or the key has changed. Other faults of the disk may heal and pass."""
    try:
        with storage().open(name) as file:
            return cipher().decrypt(file.read())
    except FileNotFoundError:
        raise SpoolError("The upload is no longer there. Please send the file again.") from None
    except InvalidToken:
        key = "SPOOL_KEY or SECRET_KEY is not the one it came under"
        raise SpoolError(f"The upload cannot be decrypted: {key}. Please send the file again.") from None


def delete(name: str) -> None:
    """Safe to call again, and for a name that is gone."""
    if name:
        storage().delete(name)


def purge(now: datetime | None = None) -> int:
    """Removes the uploads of calls that were parsed, of calls rejected long enough ago, and files that nothing names.

    Answers how many calls and files it touched.
    """
    now = now or clock.earlier()
    held = Call.objects.exclude(spool_name="")
    done = held.filter(state__in=(Call.State.READY, Call.State.SCORED))
    expired = held.filter(state=Call.State.REJECTED, created_at__lt=now - timedelta(days=settings.REJECTED_UPLOAD_DAYS))
    removed = 0
    for call in (done | expired).only("spool_name"):
        delete(call.spool_name)
        removed += Call.objects.filter(pk=call.pk, spool_name=call.spool_name).update(spool_name="")
    return removed + purge_orphans(now)


def forget(names: "Names") -> tuple[int, bool]:
    """Removes files that name somebody and that no row holds, such as tables that wait for their confirmation.

    Answers how many, and whether the lines of a batch that is under way name somebody.
    """
    batches = set(Batch.objects.filter(state=Batch.State.RECEIVED).values_list("spool_name", flat=True))
    of_rows = (model.objects.exclude(spool_name="").values_list("spool_name", flat=True) for model in (Call, DraftCall))
    held = set().union(*of_rows)
    telling = [name for name in waiting() if name not in held and names.are_in(text_of(name))]
    for name in telling:
        if name not in batches:
            delete(name)
    return len(set(telling) - batches), bool(batches.intersection(telling))


def text_of(name: str) -> str:
    return bytes_of(name).decode(errors="replace")


def bytes_of(name: str) -> bytes:
    """Empty for a file that is gone meanwhile, or that nobody can read any more."""
    try:
        return get(name)
    except SpoolError:
        return b""


def waiting() -> list[str]:
    try:
        return storage().listdir("")[1]
    except FileNotFoundError:  # nothing was ever uploaded
        return []


def purge_orphans(now: datetime) -> int:
    names = waiting()
    models = (Call, Batch, DraftCall)
    holders = (model.objects.exclude(spool_name="").values_list("spool_name", flat=True) for model in models)
    named = set().union(*holders)
    old = now - timedelta(hours=ORPHAN_HOURS)
    orphans = [name for name in names if name not in named and storage().get_modified_time(name) < old]
    for name in orphans:
        delete(name)
    return len(orphans)
