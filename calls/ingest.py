"""The one way in: a delivery becomes a call, whether it came by page, API or import.

Words that were posted are parsed and redacted in memory, and the call is ready at once. A file waits encrypted in the
spool and is parsed by a worker.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from calls import clock, labels, leases, parsing, spool
from calls.delivery import ConflictingDelivery, Delivery, DeliveryRefused, checked, frozen_metadata
from calls.intake import Assignment, assign, keep_customers
from calls.models import Call, Customer, Turn, User
from calls.parsing import Conversation
from calls.signals import call_ready, call_rejected
from calls.transcripts import Transcript

GAVE_UP = "It could not be read in {attempts} attempts; the worker was interrupted each time. Please send it again."
ROWS_AT_ONCE = 2000


@dataclass(frozen=True)
class Receipt:
    call: Call
    created: bool  # False: this very delivery had come before


@dataclass(frozen=True)
class Prepared:
    """A checked delivery, ready to be written; `conversation` is None while its file waits to be parsed."""

    delivery: Delivery
    content_hash: str
    assignment: Assignment
    conversation: Conversation | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.delivery.source, self.delivery.external_id or self.content_hash


def receive(delivery: Delivery, *, by: User) -> Receipt:
    """Takes a call in, or answers a repeated delivery with the call it became the first time.

    Raises DeliveryRefused (its subclasses say why) or ConflictingDelivery; then nothing was written.
    """
    receipt = admit([ready(delivery, by)], by=by)[0]
    if isinstance(receipt, ConflictingDelivery):
        raise receipt
    return receipt


def ready(delivery: Delivery, by: User) -> Prepared:
    """Checked, assigned and named, to be admitted; raises DeliveryRefused."""
    delivery = checked(delivery)
    assignment = assign(delivery.rep, by)
    if delivery.content is None:
        return named(prepare(delivery, assignment), by)
    return named(Prepared(delivery, parsing.fingerprint(delivery, ()), assignment), by)


def named(prepared: Prepared, by: User) -> Prepared:
    """A delivery without an id is known by its content among those of the same person.

    Else whoever sends the same words as a stranger would learn that the stranger has such a call.
    """
    external_id = prepared.delivery.external_id or f"{prepared.content_hash}-{by.pk}"
    return replace(prepared, delivery=replace(prepared.delivery, external_id=external_id))


def prepare(delivery: Delivery, assignment: Assignment, *, transcript: Transcript | None = None) -> Prepared:
    """Reads, cleans and redacts a checked delivery in memory; `transcript` where that was read already."""
    transcript = transcript or parsing.transcript_of(delivery)
    content_hash = parsing.fingerprint(delivery, transcript.turns)
    return Prepared(delivery, content_hash, assignment, parsing.conversation(transcript))


def admit(batch: Sequence[Prepared], *, by: User | None = None) -> list[Receipt | ConflictingDelivery]:
    """Writes the batch in one transaction; what is already there is answered, not written again.

    Two that deliver the same call at the same moment meet at the unique constraint; the later one looks again.
    """
    for _ in range(settings.MAX_ATTEMPTS):
        try:
            with transaction.atomic():
                return admit_once(batch, by)
        except IntegrityError as error:
            lost = error
    raise lost


def admit_once(batch: Sequence[Prepared], by: User | None) -> list[Receipt | ConflictingDelivery]:
    present = present_calls({each.key for each in batch})
    new: dict[tuple[str, str], Prepared] = {}
    rejected = {}
    for each in batch:
        call = present.get(each.key)
        if call is not None and is_correction(each, call, by):
            rejected[each.key] = call.pk
        if call is None or each.key in rejected:
            new.setdefault(each.key, each)
    made = write(list(new.values()), by, instead_of=rejected)
    calls = present | made
    answered: set[tuple[str, str]] = set()
    receipts = []
    for each in batch:
        is_first = each.key in made and each.key not in answered
        answered.add(each.key)
        receipts.append(answer(each, calls[each.key], by, is_first=is_first))
    return receipts


def present_calls(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Call]:
    """The calls of these sources and external ids.

    Rejected ones are locked and looked at again, so that of two corrections at the same moment the second finds a call
    that is rejected no more.
    """
    wanted = Q(source__in={source for source, _ in keys}, external_id__in={external for _, external in keys})
    found = list(Call.objects.filter(wanted))
    rejected = [call.pk for call in found if call.state == Call.State.REJECTED]
    locked = Call.objects.select_for_update().filter(pk__in=rejected).order_by("pk") if rejected else ()
    return {(call.source, call.external_id): call for call in [*found, *locked]}


def answer(prepared: Prepared, call: Call, by: User | None, *, is_first: bool) -> Receipt | ConflictingDelivery:
    """What to say of a delivery whose call is there, made now or earlier."""
    if is_first:
        return Receipt(call, created=True)
    if is_hidden(call, by) or call.content_hash != prepared.content_hash:
        return ConflictingDelivery(
            "Another conversation was already delivered with this source and external id.",
            hint="Send a corrected call under an external id of its own, or under another source.",
            fields={"external_id": "Already taken by other content."},
        )
    return Receipt(call, created=False)


def is_correction(prepared: Prepared, call: Call, by: User | None) -> bool:
    """A rejected call takes other content under its own id: else a mistake would burn the id for ever.

    And the same, where that can be read by now.
    """
    rejected = call.state == Call.State.REJECTED
    is_other = call.content_hash != prepared.content_hash or prepared.conversation is not None
    return rejected and is_other and not is_hidden(call, by)


def is_hidden(call: Call, by: User | None) -> bool:
    return by is not None and not Call.objects.visible_to(by).filter(pk=call.pk).exists()


def write(
    batch: Sequence[Prepared], by: User | None, *, instead_of: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], Call]:
    """Customers, calls and turns of new deliveries, with what their deals are known to have come to.

    `instead_of` names the rows of rejected calls that are overwritten.
    """
    if not batch:
        return {}
    customers = keep_customers([each.delivery.customer for each in batch])
    calls = [new_call(each, customers) for each in batch]
    corrected = [call for call in calls if (call.source, call.external_id) in instead_of]
    for call in corrected:
        call.pk, call.created_at = instead_of[call.source, call.external_id], clock.now()
        call.save(force_update=True)
    Call.objects.bulk_create([call for call in calls if call.pk is None])
    turns = [row for call, each in zip(calls, batch, strict=True) for row in rows_of(each, call)]
    Turn.objects.bulk_create(turns, batch_size=ROWS_AT_ONCE)
    if by is not None:
        let_see(by, calls)
    labels.lock_deals(call.deal for call in calls if call.deal)
    labels.refresh([call for call in calls if call.deal or call in corrected])
    for call in calls:
        announce(call)
    return {(call.source, call.external_id): call for call in calls}


def new_call(prepared: Prepared, customers: Mapping[str, Customer]) -> Call:
    delivery, conversation = prepared.delivery, prepared.conversation
    waits = conversation is None
    columns = {} if conversation is None else conversation.columns()
    return Call(
        source=prepared.key[0],
        external_id=prepared.key[1],
        content_hash=prepared.content_hash,
        state=Call.State.RECEIVED if waits else Call.State.READY,
        spool_name=spool.put(delivery.content or b"") if waits else "",
        file_name=delivery.file_name,
        started_at=delivery.started_at or timezone.now(),
        rep=prepared.assignment.rep,
        rep_name=prepared.assignment.rep_name,
        team=prepared.assignment.team,
        customer=customers.get(str(delivery.customer.get("external_id", ""))),
        customer_metadata=frozen_metadata(delivery.customer),
        deal=delivery.deal,
        **{**columns, "warnings": joined(delivery.warnings(), columns)},
    )


def joined(of_delivery: list[dict[str, object]], columns: Mapping[str, Any]) -> list[dict[str, object]]:
    return [*of_delivery, *columns.get("warnings", ())]


def rows_of(prepared: Prepared, call: Call) -> list[Turn]:
    return prepared.conversation.rows(call.pk) if prepared.conversation else []


def let_see(by: User, calls: Sequence[Call]) -> None:
    """Whoever hands a call in may see it, even where it is another's."""
    keys = [call.pk for call in calls]
    seen = set(Call.objects.visible_to(by).filter(pk__in=keys).values_list("pk", flat=True))
    for call in calls:
        if call.pk not in seen:
            call.shared_with.add(by)


def announce(call: Call) -> None:
    """Hands on what comes next, once the transaction is committed."""
    if call.state == Call.State.RECEIVED:
        from calls.tasks import parse_call  # noqa: PLC0415  # the task's module imports this one

        parse_call.delay_on_commit(call.pk)
    else:
        call_ready.send(sender=Call, call=call)


def parse(call_id: int) -> None:
    """Reads a waiting upload into turns. Safe to run twice and to be killed: only one run ever stores its turns."""
    call = claim(call_id)
    if call is None:
        return
    try:
        with leases.kept(partial(prolong, call)):
            delivery = Delivery(content=spool.get(call.spool_name), file_name=call.file_name, rep=call.rep_name)
            conversation = parsing.conversation(parsing.transcript_of(delivery))
    except DeliveryRefused as error:
        reject(call, error.in_words)
    except spool.SpoolError as error:
        give_up(call, str(error))
    else:
        keep(call, conversation)


def claim(call_id: int) -> Call | None:
    """Takes the lease on a waiting call; None if it waits no more, another holds it, or it failed too often."""
    waiting = Call.objects.waiting_for_parse().filter(pk=call_id)
    free = waiting.filter(attempts__lt=settings.MAX_ATTEMPTS)
    if free.update(attempts=F("attempts") + 1, lease_until=leases.lease()):
        call = Call.objects.select_related("rep").get(pk=call_id)
        leases.say_again(f"reading call {call_id}", call.attempts)
        return call
    for call in waiting:
        give_up(call, GAVE_UP.format(attempts=call.attempts))
    return None


def prolong(call: Call) -> None:
    held = Call.objects.filter(pk=call.pk, state=Call.State.RECEIVED, attempts=call.attempts)
    held.update(lease_until=leases.lease())


def keep(call: Call, conversation: Conversation) -> None:
    """Stores the turns and empties the spool, unless another worker did so first."""
    spooled = call.spool_name
    with transaction.atomic():
        changes = conversation.columns() | {"spool_name": "", "lease_until": None, "reason": ""}
        changes["warnings"] = joined(call.warnings, changes)
        if not call.move(Call.State.READY, given=(Call.State.RECEIVED,), **changes):
            return
        Turn.objects.bulk_create(conversation.rows(call.pk), batch_size=ROWS_AT_ONCE)
        transaction.on_commit(lambda: spool.delete(spooled))
        announce(call)


def reject(call: Call, reason: str, **changes: object) -> None:
    """The upload stays in the spool for a few days, so that nothing is lost."""
    given = (Call.State.RECEIVED,)
    with transaction.atomic():
        if call.move(Call.State.REJECTED, given=given, reason=reason, lease_until=None, **changes):
            call_rejected.send(sender=Call, call=call)


def give_up(call: Call, reason: str) -> None:
    """Rejects for a reason that is ours. The content is forgotten, so that sending it again starts afresh."""
    reject(call, reason, content_hash="")


def read_again(calls: QuerySet[Call]) -> int:
    """Rejected calls whose upload is still there, as if nobody had tried; how many there were."""
    from calls.tasks import parse_call  # noqa: PLC0415  # the task's module imports this one

    count = 0
    for call in calls.filter(state=Call.State.REJECTED).exclude(spool_name=""):
        try:
            content = spool.get(call.spool_name)
        except spool.SpoolError:
            continue
        changes = {"content_hash": parsing.fingerprint(Delivery(content=content), ()), "reason": "", "attempts": 0}
        if call.move(Call.State.RECEIVED, given=(Call.State.REJECTED,), lease_until=None, **changes):
            parse_call.delay_on_commit(call.pk)
            count += 1
    return count


def sweep() -> None:
    """Enqueues again whatever was received and is in nobody's hands: its message was lost, or its worker died."""
    from calls.tasks import parse_call  # noqa: PLC0415  # the task's module imports this one

    overdue = Q(lease_until__isnull=False) | Q(created_at__lt=Now() - timedelta(seconds=settings.LEASE_SECONDS))
    for call_id in Call.objects.waiting_for_parse().filter(overdue).values_list("pk", flat=True):
        parse_call.delay_on_commit(call_id)
