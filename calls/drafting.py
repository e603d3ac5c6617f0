"""From an upload to calls, by way of a draft: begun, read by a worker, corrected by its owner, kept or thrown away."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Now

from calls import draft_files, ingest, leases, spool
from calls.delivery import ConflictingDelivery, Delivery, DeliveryRefused, checked, checked_facts, short_name
from calls.draft_files import Found
from calls.drafts import Draft, DraftCall, DraftCallQuerySet
from calls.ingest import Prepared, Receipt
from calls.intake import assign
from calls.interaction import interaction_statistics
from calls.models import Call, User
from calls.parsing import Conversation
from calls.refusal import Refusal
from calls.transcripts import ParseWarning, Turn

if TYPE_CHECKING:
    from calls.naming import Names

SOURCE = "upload"


class DraftOver(Refusal):
    """What is to be kept or corrected was kept or thrown away before, or has not been read."""

    code = "draft_over"

    def __init__(self) -> None:
        super().__init__("This conversation is no draft any more.", hint="Look at the list of calls for it.")


class InOtherHands(Exception):
    """The lease had run out and another worker is at it, or it was thrown away."""


def begin(deliveries: Sequence[Delivery], *, by: User) -> list[DraftCall]:
    """One for each delivery; they are stored, with a draft, unless none of them can be read."""
    begun = [begun_call(delivery, by) for delivery in deliveries]
    if all(each.state == DraftCall.State.REFUSED for each in begun):
        return begun
    with transaction.atomic():
        draft = Draft.objects.create(by=by)
        for number, each in enumerate(begun, start=1):
            each.draft, each.number = draft, number
        DraftCall.objects.bulk_create(begun)
        for each in begun:
            if each.state == DraftCall.State.WAITING:
                hand_on(each.pk)
    return begun


def begun_call(delivery: Delivery, by: User) -> DraftCall:
    """A pasted conversation is read at once, in memory; a file waits in the spool for a worker."""
    try:
        delivery = checked(replace(delivery, source=SOURCE), with_zips=True)
        assign(delivery.rep, by)
        if delivery.content is None:
            prepared = ingest.prepare(delivery, assign(delivery.rep, by))
            found = Found("", prepared.content_hash, conversation=prepared.conversation)
            return DraftCall(**facts(delivery), **columns(found))
    except DeliveryRefused as refusal:
        name = short_name(delivery.file_name)
        return DraftCall(file_name=name, state=DraftCall.State.REFUSED, reason=refusal.in_words)
    return DraftCall(**facts(delivery), file_name=delivery.file_name, spool_name=spool.put(delivery.content))


def facts(delivery: Delivery) -> dict[str, Any]:
    return {
        "started_at": delivery.started_at,
        "rep": delivery.rep,
        "deal": delivery.deal,
        "customer": delivery.customer["external_id"],
        "customer_name": delivery.customer.get("name", ""),
    }


def columns(found: Found) -> dict[str, Any]:
    """What reading a file tells of a conversation in it."""
    if found.conversation is None:
        return {"file_name": found.name, "state": DraftCall.State.REFUSED, "reason": found.reason}
    of_call = found.conversation.columns()
    turns = [vars(turn) for turn in found.conversation.turns]
    told = {"turns": turns, "warnings": of_call["warnings"], "language": of_call["language"]}
    return {"file_name": found.name, "state": DraftCall.State.READ, "content_hash": found.content_hash, **told}


def hand_on(pk: int) -> None:
    from calls.tasks import read_draft  # noqa: PLC0415  # the task's module imports this one

    read_draft.delay_on_commit(pk)


def read(pk: int) -> None:
    """Reads a waiting file into as many conversations as it holds. Safe to run twice and to be killed."""
    waiting = claim(pk)
    if waiting is None:
        return
    try:
        with leases.kept(partial(prolong, waiting)):
            found = draft_files.conversations(
                spool.get(waiting.spool_name), waiting.file_name, waiting.rep, still=partial(check_held, waiting)
            )
    except spool.SpoolError as error:
        found = [Found(waiting.file_name, reason=str(error))]
    except InOtherHands:
        return
    write(waiting, found)


def claim(pk: int) -> DraftCall | None:
    """Takes the lease; None if it waits no more, another holds it, or it failed too often."""
    waiting = DraftCall.objects.waiting().filter(pk=pk)
    free = waiting.filter(attempts__lt=settings.MAX_ATTEMPTS)
    if free.update(attempts=F("attempts") + 1, lease_until=leases.lease()):
        taken = DraftCall.objects.filter(pk=pk).first()
        if taken is not None:
            leases.say_again(f"reading draft {pk}", taken.attempts)
        return taken
    for each in waiting:
        write(each, [Found(each.file_name, reason=ingest.GAVE_UP.format(attempts=each.attempts))])
    return None


def prolong(waiting: DraftCall) -> None:
    held(waiting).update(lease_until=leases.lease())


def check_held(waiting: DraftCall) -> None:
    if not held(waiting).exists():
        raise InOtherHands


def held(waiting: DraftCall) -> DraftCallQuerySet:
    """This row, unless it was read, thrown away, or taken over."""
    return DraftCall.objects.filter(pk=waiting.pk, state=DraftCall.State.WAITING, attempts=waiting.attempts)


def write(waiting: DraftCall, found: Sequence[Found]) -> None:
    """The first takes the place of the file, the others come behind; nothing where another worker was first."""
    first, *others = found
    with transaction.atomic():
        if not Draft.objects.select_for_update().filter(pk=waiting.draft_id).values_list("pk"):
            return  # thrown away
        if not held(waiting).update(spool_name="", lease_until=None, **columns(first)):
            return
        known = {name: getattr(waiting, name) for name in FACTS}
        last = DraftCall.objects.filter(draft=waiting.draft_id).aggregate(last=Max("number"))["last"]
        rows = [
            DraftCall(draft_id=waiting.draft_id, number=number, **known, **columns(each))
            for number, each in enumerate(others, start=last + 1)
        ]
        DraftCall.objects.bulk_create(rows, batch_size=50)
        transaction.on_commit(lambda: spool.delete(waiting.spool_name))


FACTS = ("started_at", "rep", "deal", "customer", "customer_name")


def correct(draft_call: DraftCall, delivery: Delivery, roles: Mapping[tuple[str, str], str], *, by: User) -> None:
    """Lays facts and the role of each (speaker, role) over what was read. Raises DeliveryRefused or DraftOver."""
    told = checked_facts(replace(delivery, source=SOURCE))
    assign(told.rep, by)
    turns = [turn | {"role": roles[turn["speaker"], turn["role"]]} for turn in draft_call.turns]
    warnings = [warning for warning in draft_call.warnings if warning["code"] != "roles_guessed"]
    still_read = DraftCall.objects.filter(pk=draft_call.pk, state=DraftCall.State.READ)
    if not still_read.update(turns=turns, warnings=warnings, **facts(told)):
        raise DraftOver
    draft_call.refresh_from_db()


def keep(pk: int, *, by: User) -> Receipt:
    """Makes it a call by the ordinary way in; a second time answers the same call. Raises Refusal."""
    with transaction.atomic():
        found = DraftCall.objects.select_for_update().visible_to(by).filter(pk=pk).first()
        if found is not None and found.state == DraftCall.State.KEPT and found.call:
            return Receipt(found.call, created=False)
        if found is None or found.state != DraftCall.State.READ:
            raise DraftOver
        receipt = ingest.admit([prepared(found, by)], by=by)[0]
        if isinstance(receipt, ConflictingDelivery):
            raise receipt
        DraftCall.objects.filter(pk=pk).update(state=DraftCall.State.KEPT, turns=[], call=receipt.call)
    return receipt


def prepared(found: DraftCall, by: User) -> Prepared:
    customer = {"external_id": found.customer, "name": found.customer_name}
    known = {name: getattr(found, name) for name in ("started_at", "rep", "deal", "file_name")}
    delivery = Delivery(source=SOURCE, customer=customer, turns=(), **known)
    turns = tuple(Turn(**turn) for turn in found.turns)
    conversation = Conversation(
        turns, tuple(ParseWarning(**each) for each in found.warnings), found.language, interaction_statistics(turns)
    )
    return ingest.named(Prepared(delivery, found.content_hash, assign(found.rep, by), conversation), by)


def same_as(found: DraftCall, user: User) -> list[Call]:
    """Calls that were made of the same content, of those that this person may see."""
    return beside_kept([found], user)[0][1]


def beside_kept(drafted: Sequence[DraftCall], user: User) -> list[tuple[DraftCall, list[Call]]]:
    """Each with the calls that were made of the same content, of those that this person may see."""
    hashes = {each.content_hash for each in drafted if each.state == DraftCall.State.READ}
    same: dict[str, list[Call]] = {}
    for call in Call.objects.visible_to(user).filter(content_hash__in=hashes - {""}).select_related("customer"):
        same.setdefault(call.content_hash, []).append(call)
    return [(each, same.get(each.content_hash, []) if each.content_hash in hashes else []) for each in drafted]


def discard(calls: Any) -> None:
    """Throws conversations of drafts away, what waits in the spool with them, and drafts of which nothing is left."""
    with transaction.atomic():
        # After a worker that is writing what it read: all of it goes, not its first conversation alone.
        list(Draft.objects.select_for_update().filter(pk__in=calls.values("draft")).order_by("pk"))
        gone = list(calls.values_list("pk", "draft", "spool_name"))
        DraftCall.objects.filter(pk__in=[pk for pk, _, _ in gone]).delete()
        Draft.objects.filter(pk__in={draft for _, draft, _ in gone}, calls=None).delete()
        for _, _, name in gone:
            transaction.on_commit(partial(spool.delete, name))


def forget(names: "Names") -> int:
    """Throws away what is about somebody and was not kept. Answers how many conversations that were."""
    told = DraftCall.objects.values_list("pk", "customer", "customer_name", "deal", "file_name")
    found = [pk for pk, *texts in told.iterator() if any(map(names.stand_in, texts))]
    discard(DraftCall.objects.filter(pk__in=found))
    return len(found)


def sweep(now: datetime | Now) -> None:
    """Enqueues again what nobody reads, and forgets what nobody kept."""
    discard(DraftCall.objects.filter(draft__in=Draft.objects.forgotten(now)))
    overdue = Q(lease_until__isnull=False) | Q(draft__created_at__lt=Now() - timedelta(seconds=settings.LEASE_SECONDS))
    for pk in DraftCall.objects.waiting().filter(overdue).values_list("pk", flat=True):
        hand_on(pk)
