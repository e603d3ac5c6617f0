"""Requests that name an Idempotency-Key: each is carried out once, and its answer kept for whoever asks again.

The row is there before the work begins and gets the answer in the work's own transaction. A process that dies half way
leaves a row whose lease runs out, and nothing else.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from cryptography.fernet import InvalidToken
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.db.models.functions import Now

from calls import leases
from calls.encryption import cipher
from calls.people import User
from calls.refusal import Refusal

if TYPE_CHECKING:
    from calls.naming import Names

KEPT = timedelta(hours=24)
LONGEST_KEY = 255


class KeyInUse(Refusal):
    """The first request under this key is still under way, or its answer cannot be given any more."""

    code = "idempotency_key_in_use"


class KeyReused(Refusal):
    """The key was sent before, with another request."""

    code = "idempotency_key_reused"


class KeyedRequestQuerySet(models.QuerySet["KeyedRequest"]):
    def forgotten(self, now: datetime | Now) -> Self:
        return self.filter(created_at__lt=now - KEPT)


class KeyedRequest(models.Model):
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=LONGEST_KEY)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, address and body.")
    attempts = models.PositiveIntegerField(default=1, help_text="Starts; whoever carries it out knows the number.")
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, help_text="Null while it is under way.")
    answer = models.BinaryField(default=b"", help_text="The body, encrypted: it may hold what was said.")
    created_at = models.DateTimeField(db_default=Now(), editable=False, db_index=True)

    objects = KeyedRequestQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_request_per_key")]

    def __str__(self) -> str:
        return f"{self.key} of {self.user}"

    @property
    def body(self) -> bytes:
        try:
            return cipher().decrypt(bytes(self.answer))
        except InvalidToken:
            raise KeyInUse(
                "What was answered under this Idempotency-Key cannot be read any more.",
                hint="See what the first request made before you send it under another key.",
            ) from None

    @property
    def told(self) -> str:
        """The body as text; empty where it cannot be read."""
        try:
            return self.body.decode(errors="replace")
        except KeyInUse:
            return ""

    def held(self) -> models.QuerySet["KeyedRequest"]:
        """This row, unless another process took it over."""
        return KeyedRequest.objects.filter(pk=self.pk, attempts=self.attempts, status=None)

    def keep(self, status: int, body: bytes) -> None:
        """In the transaction of the work: KeyInUse takes that back where another process was faster."""
        if not self.held().update(status=status, answer=cipher().encrypt(body)):
            raise under_way()

    def release(self) -> None:
        """Nothing was done; the key is as if it had never been sent."""
        self.held().delete()


def ask(user: User, key: str, fingerprint: str, now: datetime | Now) -> KeyedRequest:
    """A row with an answer to give again, or one without, to carry out and then to keep or to release.

    Raises KeyInUse or KeyReused.
    """
    lease = leases.lease()
    mine = KeyedRequest.objects.filter(user=user, key=key)
    mine.forgotten(now).delete()
    try:
        with transaction.atomic():
            return KeyedRequest.objects.create(user=user, key=key, fingerprint=fingerprint, lease_until=lease)
    except IntegrityError:
        found = mine.first()
    if found and found.fingerprint != fingerprint:
        raise KeyReused(
            "This Idempotency-Key was sent with another request.",
            hint="Send each request under a key of its own, and the same key only to repeat a request unchanged.",
        )
    if found and found.status:
        return found
    if found and found.held().filter(lease_until__lt=Now()).update(lease_until=lease, attempts=F("attempts") + 1):
        found.attempts += 1
        return found
    raise under_way()


def forget(names: "Names") -> int:
    """Takes away the answers that name somebody; whoever asks for one again is told that it cannot be read any more.

    A key that names somebody becomes another, but of a request that is under way. Answers how many there were.
    """
    found = 0
    for asked in KeyedRequest.objects.exclude(status=None, lease_until__gte=Now()).iterator():
        if names.are_in(asked.key):
            found += KeyedRequest.objects.filter(pk=asked.pk).update(key=f"erased-{asked.pk}", answer=b"")
        elif names.are_in(asked.told):
            found += KeyedRequest.objects.filter(pk=asked.pk).update(answer=b"")
    return found


def under_way() -> KeyInUse:
    hint = "Wait a moment and send it again, unchanged."
    return KeyInUse("The first request under this Idempotency-Key is still under way.", hint=hint)


def sweep(now: datetime | Now) -> int:
    return KeyedRequest.objects.forgotten(now).delete()[0]
