"""The lines of a batch through the ordinary ingest, some at a time, so that other work comes in between.

What became of some lines is written together with their calls, in one transaction. Lines at which a worker died or
failed are tried again one by one: whichever it was, is rejected alone.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from rest_framework.exceptions import APIException

from calls import ingest, leases, mappings, spool
from calls.api_deliveries import read_delivery
from calls.api_parsers import read_json
from calls.delivery import ConflictingDelivery
from calls.error_words import described, error_body, refused
from calls.field_mapping import mapped
from calls.ingest import Prepared
from calls.models import Batch, BatchRow, FieldMapping, User
from calls.refusal import Refusal

log = logging.getLogger(__name__)

MOST_LINES = 1000
AT_ONCE = 25  # lines; a fraction of a second
KEPT = timedelta(days=30)

Line = tuple[int, bytes]  # number, 1 for the first, and JSON


class BatchRefused(Refusal):
    """The request holds no batch."""

    code = "invalid_batch"


class BatchOver(Exception):
    """The lease had run out, and another worker is at it."""


def receive(content: bytes, by: User, *, mapping: str = "") -> Batch:
    """Keeps the lines for a worker; raises BatchRefused, or BadMapping."""
    if mapping:
        mappings.named(FieldMapping.Kind.CALLS, mapping)
    total = len(lines_of(content))
    if not 0 < total <= MOST_LINES:
        hint = f"Send 1 to {MOST_LINES:,} lines, each a call as JSON."
        raise BatchRefused(
            f"A batch of {total:,} lines.", hint=hint, fields={"lines": f"Expected 1 to {MOST_LINES:,}."}
        )
    name = spool.put(content)
    with transaction.atomic():
        batch = Batch.objects.create(by=by, total=total, spool_name=name, mapping=mapping, lease_until=leases.lease())
        go_on(batch)
    return batch


def lines_of(content: bytes) -> list[Line]:
    """Those that are not blank."""
    return [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]


def go_on(batch: Batch) -> None:
    from calls.tasks import take_batch  # noqa: PLC0415  # the task's module imports this one

    take_batch.delay_on_commit(batch.pk)


def take(batch_id: int) -> None:
    """The next lines. A message that comes twice, or while another worker is at it, finds nothing to do."""
    batch = claim(batch_id)
    if batch is None:
        return
    try:
        lines = lines_of(spool.get(batch.spool_name))
    except spool.SpoolError as error:
        held(batch).update(state=Batch.State.FAILED, error=str(error), finished_at=Now(), attempts=0)
        return
    chosen = lines[batch.done :][: AT_ONCE if batch.attempts == 1 else 1]
    try:
        keep(batch, chosen)
    except BatchOver:
        log.warning("%s is in other hands", batch)


def claim(batch_id: int) -> Batch | None:
    free = Batch.objects.filter(Q(attempts=0) | Q(lease_until__lt=Now()), pk=batch_id, state=Batch.State.RECEIVED)
    taken = free.update(attempts=F("attempts") + 1, lease_until=leases.lease())
    return Batch.objects.select_related("by").get(pk=batch_id) if taken else None


def held(batch: Batch) -> Any:
    return Batch.objects.filter(pk=batch.pk, done=batch.done, attempts=batch.attempts)


def keep(batch: Batch, lines: Sequence[Line]) -> None:
    """Calls, results and how far it is, all or none; BatchOver where another worker took over."""
    gave_up = batch.attempts > 1 + settings.MAX_ATTEMPTS  # once with others, then alone
    with leases.kept(lambda: held(batch).update(lease_until=leases.lease())):
        faults, prepared = ({lines[0][0]: lost()}, []) if gave_up else read(lines, batch)
    is_done = batch.done + len(lines) == batch.total
    with transaction.atomic():
        end = {"state": Batch.State.DONE, "spool_name": "", "finished_at": Now()} if is_done else {}
        # Where a worker failed, the rest goes line by line: together they would fail again.
        alone = batch.attempts > 1 and not is_done
        next_one = {"attempts": 1, "lease_until": Now()} if alone else {"attempts": 0, "lease_until": leases.lease()}
        if not held(batch).update(done=F("done") + len(lines), **next_one, **end):
            raise BatchOver
        BatchRow.objects.bulk_create([*rejected(batch, faults), *admitted(batch, prepared)])
        if is_done:
            transaction.on_commit(lambda: spool.delete(batch.spool_name))
        else:
            go_on(batch)


def read(lines: Sequence[Line], batch: Batch) -> tuple[dict[int, Any], list[tuple[int, Prepared]]]:
    """By their numbers: what is wrong with those that cannot be taken, and the others, ready to be admitted."""
    faults: dict[int, Any] = {}
    prepared: list[tuple[int, Prepared]] = []
    for number, line in lines:
        try:
            posted = read_json(line, line=number)
            if batch.mapping:
                posted = mapped(mappings.named(FieldMapping.Kind.CALLS, batch.mapping), posted)
            prepared.append((number, ingest.ready(read_delivery(posted), batch.by)))
        except Refusal as error:
            faults[number] = refused(error)
        except APIException as error:
            faults[number] = described(error)
    return faults, prepared


def lost() -> dict[str, Any]:
    return error_body("server_error", "A worker failed at this line, or was stopped, each time it tried.")


def rejected(batch: Batch, faults: dict[int, Any]) -> list[BatchRow]:
    state = BatchRow.State.REJECTED
    return [BatchRow(batch=batch, number=line, state=state, error=said["error"]) for line, said in faults.items()]


def admitted(batch: Batch, prepared: Sequence[tuple[int, Prepared]]) -> list[BatchRow]:
    rows = []
    for (number, _), receipt in zip(prepared, ingest.admit([each for _, each in prepared], by=batch.by), strict=True):
        if isinstance(receipt, ConflictingDelivery):
            rows += rejected(batch, {number: refused(receipt)})
        else:
            state = BatchRow.State.TAKEN if receipt.created else BatchRow.State.PRESENT
            rows.append(BatchRow(batch=batch, number=number, state=state, call=receipt.call))
    return rows


def sweep(now: datetime | Now) -> None:
    """Goes on with whatever nobody is at, and forgets what was done long ago."""
    for batch in Batch.objects.overdue():
        go_on(batch)
    Batch.objects.filter(created_at__lt=now - KEPT).delete()
