"""Erases a customer, or calls, from every table and from whatever else holds them. It cannot be undone.

Some calls at a time and each time in one transaction, with what was counted: a worker that is killed has lost nothing,
and the next one goes on. Rows go; recorded changes and the admin's log keep act and time and lose what was written.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from calls import clock, drafting, held, keyed_requests, leases, spool
from calls.erasures import Erasure
from calls.history import words_of
from calls.models import Call, Customer, Label, Team, User
from calls.naming import Names
from calls.refusal import Refusal
from calls.signals import customer_erased

log = logging.getLogger(__name__)

AT_ONCE = 20  # calls
GONE = "erased"  # what the admin's log says in place of a name


class ErasureRefused(Refusal):
    """The name that was typed is not the customer's."""

    code = "name_differs"


class InOtherHands(Exception):
    """The lease had run out, and another worker is at it."""


def ask(customer: Customer, *, typed: str, by: User) -> Erasure:
    """Has a customer erased by a worker; ErasureRefused unless the name was typed. Asked twice, it is one erasure."""
    from calls.tasks import erase  # noqa: PLC0415  # the task's module imports this one

    check(customer, typed)
    erasure = begin(customer, by=by)
    erase.delay_on_commit(erasure.pk)
    return erasure


def check(customer: Customer, typed: str) -> None:
    if typed.strip() != str(customer).strip():
        hint, fields = "Type the name as it is shown.", {"name": "Another name."}
        raise ErasureRefused("This is not the customer's name.", hint=hint, fields=fields)


def erase_customer(customer: Customer, *, by: User | None = None) -> Erasure:
    """The same at once, and without asking again."""
    erasure = begin(customer, by=by)
    carry_out(erasure.pk)
    erasure.refresh_from_db()
    return erasure


def begin(customer: Customer, *, by: User | None) -> Erasure:
    known = {"external_id": customer.external_id, "words": Names.of(customer).words, "asked_by": by}
    return Erasure.objects.get_or_create(
        why=Erasure.Why.CUSTOMER, state=Erasure.State.ASKED, customer_number=customer.pk, defaults=known
    )[0]


def carry_out(erasure_id: int) -> None:
    """Goes on with an erasure until all is gone. May run twice, and be killed: then the sweep sends another."""
    erasure = claim(erasure_id)
    if erasure is None:
        return
    try:
        while keys := list(calls_of(erasure).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
            with transaction.atomic():
                note(erasure, erase_calls(keys))
        finish(erasure)
    except InOtherHands:
        log.warning("%s is in other hands", erasure)


def claim(erasure_id: int) -> Erasure | None:
    free = Erasure.objects.free().filter(pk=erasure_id)
    taken = free.update(attempts=F("attempts") + 1, lease_until=leases.lease())
    return Erasure.objects.get(pk=erasure_id) if taken else None


def customers_of(erasure: Erasure) -> QuerySet[Customer]:
    """Also one that a delivery has made again meanwhile."""
    return Customer.objects.filter(Q(pk=erasure.customer_number) | Q(external_id=erasure.external_id))


def calls_of(erasure: Erasure) -> QuerySet[Call]:
    if erasure.why == Erasure.Why.RETENTION:
        return beyond_term(erasure)
    return Call.objects.filter(customer__in=customers_of(erasure))


def beyond_term(erasure: Erasure) -> QuerySet[Call]:
    """By the term that the team has now: one that was taken back or made longer meanwhile keeps its calls."""
    days = Team.objects.filter(pk=erasure.team_id or 0).values_list("keep_calls_days", flat=True).first()
    if days is None or erasure.before is None:
        return Call.objects.none()
    before = min(erasure.before, clock.now() - timedelta(days=days))
    return Call.objects.filter(team=erasure.team_id, started_at__lt=before)


def note(erasure: Erasure, counts: Counter[str], **changes: object) -> None:
    """Adds to what is told of the erasure, in the transaction in which it happened."""
    sums = Counter(erasure.counts) + counts
    changes = {"lease_until": leases.lease(), **changes}
    mine = Erasure.objects.filter(pk=erasure.pk, attempts=erasure.attempts, state=Erasure.State.ASKED)
    if not mine.update(counts=sums, **changes):
        raise InOtherHands
    erasure.counts = sums


@transaction.atomic
def erase_calls(keys: Collection[int]) -> Counter[str]:
    """These calls with all that belongs to them; answers what went, in counts."""
    locked = list(Call.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    calls = Call.objects.filter(pk__in=[call.pk for call in locked])
    uploads = [call.spool_name for call in locked if call.spool_name]
    for name in uploads:
        spool.delete(name)
    deals = held.evidence_of_deals(calls)
    deal_keys = list(deals.values_list("pk", flat=True))
    counts = forget_history(Call, [call.pk for call in locked], also=deals)
    counts += Counter({"uploads": len(uploads)}) + deleted(Label.objects.filter(pk__in=deal_keys))
    return counts + deleted(calls)


def deleted(rows: QuerySet[Any]) -> Counter[str]:
    return Counter({named(label): number for label, number in rows.delete()[1].items() if number})


def named(label: str) -> str:
    from django.apps import apps  # noqa: PLC0415  # the registry is ready by now

    return str(apps.get_model(label)._meta.verbose_name_plural)


def forget_history(root: held.Table, keys: Iterable[int], *, also: QuerySet[Label]) -> Counter[str]:
    keys = list(keys)
    recorded = sum(blank(events) for events in held.history(root, keys, also=also))
    noted, acts = (
        lines.exclude(object_repr=GONE).update(object_repr=GONE, change_message="") for lines in held.log(root, keys)
    )
    return Counter({"recorded changes": recorded + acts, "lines of the admin's log": noted})


def blank(events: QuerySet[Any]) -> int:
    """Takes out what was written; the event, its time and its numbers stay."""
    columns = words_of(events.model)
    empty = {field.name: {} if field.get_internal_type() == "JSONField" else "" for field in columns}
    return events.update(**empty) if empty else events.count()


def finish(erasure: Erasure) -> None:
    """Closes it, unless lines that are still to be read would bring the customer back: then the sweep looks again."""
    counts = Counter[str]()
    if erasure.why == Erasure.Why.CUSTOMER:
        names = Names(erasure.words)
        removed, comes_again = spool.forget(names)
        counts = Counter({"waiting files": removed, "kept answers": keyed_requests.forget(names)})
        counts += Counter({"drafts": drafting.forget(names)})
        if comes_again:
            note(erasure, counts)
            return
    with transaction.atomic():
        counts += forget_customers(erasure)
        done: dict[str, object] = {"state": Erasure.State.DONE, "external_id": "", "words": [], "lease_until": None}
        note(erasure, counts, finished_at=Now(), **done)


def forget_customers(erasure: Erasure) -> Counter[str]:
    if erasure.why != Erasure.Why.CUSTOMER:
        return Counter()
    keys = list(customers_of(erasure).select_for_update().order_by("pk").values_list("pk", flat=True))
    counts = erase_calls(list(Call.objects.filter(customer__in=keys).values_list("pk", flat=True)))
    counts += forget_history(Customer, {*keys, erasure.customer_number or 0}, also=Label.objects.none())
    counts += deleted(Customer.objects.filter(pk__in=keys))
    for _, more in customer_erased.send(sender=Customer, number=erasure.customer_number, names=Names(erasure.words)):
        counts += Counter[str](more)
    return counts


def sweep() -> None:
    """Goes on with erasures that nobody is at."""
    from calls.tasks import erase  # noqa: PLC0415  # the task's module imports this one

    overdue = Q(lease_until__isnull=False) | Q(created_at__lt=Now() - timedelta(seconds=settings.LEASE_SECONDS))
    for erasure_id in Erasure.objects.free().filter(overdue).values_list("pk", flat=True):
        erase.delay_on_commit(erasure_id)
