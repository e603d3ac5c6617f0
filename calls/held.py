"""What is held of a customer or of calls: every table that leads there by foreign keys, found by following them.

A table that comes later is found, too: its rows are counted, handed out and erased with the others.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import CASCADE, PROTECT, CharField, ForeignKey, Model, Q, QuerySet
from django.db.models.functions import Cast
from pghistory.core import event_models

from calls.admin_acts import AdminActEvent
from calls.models import Call, Customer, Label

Table = type[Model]


@cache
def ways(root: Table) -> dict[Table, tuple[str, ...]]:
    """Of each table the lookups that lead from it to the root, which is the first; links alone are left out."""
    found: dict[Table, list[str]] = {root: ["pk"]}
    waiting = [(root, "")]
    while waiting:
        table, way = waiting.pop(0)
        for link in links_to(table):
            child = link.model
            lookup = f"{link.name}__{way}" if way else link.name
            if child not in found:
                waiting.append((child, lookup))
            if lookup not in found.setdefault(child, []):
                found[child].append(lookup)
    return {table: tuple(lookups) for table, lookups in found.items()}


def links_to(table: Table) -> Iterator[Any]:
    """The foreign keys whose rows go with the rows that they point at."""
    relation: Any
    for relation in table._meta.get_fields(include_hidden=True):
        is_link = relation.auto_created and (relation.one_to_many or relation.one_to_one) and not relation.concrete
        if is_link and relation.on_delete in (CASCADE, PROTECT) and not relation.related_model._meta.proxy:
            yield relation.field


def rows(table: Table, root: Table, keys: Iterable[int] | QuerySet[Any]) -> QuerySet[Any]:
    """The rows of a table that belong to these rows of the root."""
    leading = Q()
    for way in ways(root)[table]:
        leading |= Q(**{f"{way}__in": keys})
    return table._base_manager.filter(leading)


def evidence_of_deals(calls: QuerySet[Call]) -> QuerySet[Label]:
    """About deals of these calls that no other call is about."""
    deals = calls.exclude(deal="").values("deal")
    others = Call.objects.filter(deal__in=deals).exclude(pk__in=calls.values("pk"))
    return Label.objects.filter(call=None, deal__in=deals).exclude(deal__in=others.values("deal"))


def calls_of(customer: Customer) -> QuerySet[Call]:
    return Call.objects.filter(customer=customer)


def tables_of(customer: Customer) -> Iterator[QuerySet[Any]]:
    """The rows of each table, the customer's own first; then what tells of them."""
    for table in ways(Customer):
        yield rows(table, Customer, [customer.pk])
    deals = evidence_of_deals(calls_of(customer))
    yield deals
    yield from history(Customer, [customer.pk], also=deals)
    yield from log(Customer, [customer.pk])


def tables_of_calls(keys: Iterable[int]) -> Iterator[QuerySet[Any]]:
    """The rows of each table, the calls first."""
    keys = list(keys)
    for table in ways(Call):
        yield rows(table, Call, keys)
    yield evidence_of_deals(Call.objects.filter(pk__in=keys))


def history(root: Table, keys: Iterable[int] | QuerySet[Any], *, also: QuerySet[Label]) -> Iterator[QuerySet[Any]]:
    """Recorded events of these rows and of all that belongs to them, and of further evidence."""
    for recorded in event_models():
        about = Q()
        for field in recorded._meta.concrete_fields:
            if isinstance(field, ForeignKey) and (table := field.related_model) in ways(root):
                belonging = keys if table is root else rows(table, root, keys).values("pk")
                about |= Q(**{f"{field.attname}__in": belonging})
            if isinstance(field, ForeignKey) and field.related_model is Label:
                about |= Q(**{f"{field.attname}__in": also.values("pk")})
        if about:
            yield recorded._base_manager.filter(about)


def log(root: Table, keys: Iterable[int] | QuerySet[Any]) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """What the admin noted of these rows, and what was recorded of that."""
    about = Q(pk__in=())
    for table in ways(root):
        numbers = rows(table, root, keys).annotate(key_in_words=Cast("pk", CharField())).values("key_in_words")
        about |= Q(content_type=ContentType.objects.get_for_model(table), object_id__in=numbers)
    return LogEntry.objects.filter(about), AdminActEvent._base_manager.filter(about)


def counted(found: Iterable[QuerySet[Any]]) -> dict[str, int]:
    """How many rows of each table there are, in the words of people; tables without any are left out."""
    counts: dict[str, int] = {}
    for one in found:
        if number := one.count():
            name = str(one.model._meta.verbose_name_plural)
            counts[name] = counts.get(name, 0) + number
    return counts
