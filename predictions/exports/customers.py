"""Customers as they are known now, one a row."""

from collections.abc import Iterator

from calls.customers import CustomerQuerySet
from calls.models import Customer
from predictions.exports.asked import ROWS_AT_ONCE, Asked
from predictions.exports.lines import Row

COLUMNS = ("external_id", *Customer.TYPED, "metadata")


def seen(asked: Asked) -> CustomerQuerySet:
    every = Customer.objects.all() if asked.user is None else Customer.objects.visible_to(asked.user)
    if asked.since is None and asked.until is None:
        return every
    return every.filter(pk__in=asked.calls().order_by().values("customer"))


def count(asked: Asked) -> int:
    return seen(asked).count()


def rows(asked: Asked) -> Iterator[Row]:
    for customer in seen(asked).order_by("pk").iterator(ROWS_AT_ONCE):
        yield {name: getattr(customer, name) for name in COLUMNS}
