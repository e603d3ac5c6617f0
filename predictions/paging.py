"""Pages by keyset: where to go on is a value and an id, so deep pages cost what the first one does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Lower, NullIf

PAGE_SIZE = 50


@dataclass(frozen=True)
class Order:
    label: str
    key: Combinable
    descending: bool
    first: Q = field(default_factory=Q)  # what comes before all else, where an index finds it if asked for alone

    @property
    def salt(self) -> str:
        """Ties a cursor to the order that it was made for."""
        return f"cursor: {self.label}"


CUSTOMER = Coalesce(
    NullIf(Lower("customer__name"), Value("")),
    Lower("customer__external_id"),
    Value("\uffff"),
    output_field=CharField(),
)
SCORED = Q(probability__isnull=False)
ORDERS = {
    "newest": Order("Newest first", F("started_at"), True),
    "oldest": Order("Oldest first", F("started_at"), False),
    "likeliest": Order("Most likely first", Coalesce(F("probability"), -1.0), True, SCORED),
    "unlikeliest": Order("Least likely first", Coalesce(F("probability"), 2.0), False, SCORED),
    "longest": Order("Longest first", F("word_count"), True),
    "customer": Order("Customer, A to Z", CUSTOMER, False),
}

SCORECARDS = Order("Newest scorecards first", F("created_at"), True)


@dataclass(frozen=True)
class Page:
    rows: Sequence[Any]
    previous: str = ""
    next: str = ""


def page(
    queryset: QuerySet[Any], order: Order, cursor: str = "", size: int = PAGE_SIZE, *, of: QuerySet[Any] | None = None
) -> Page:
    """Rows of one page and the cursors of its neighbours; a cursor that cannot be read means the first page.

    Where `of` is given, the queryset only says which rows: they come from `of`, so that what is costly to add to a row
    is added to those of the page alone.
    """
    backwards, *after = read_cursor(cursor, order) or (False,)
    downwards = order.descending != backwards
    queryset = queryset.annotate(sort_key=order.key)
    if after:
        value, pk = after
        side = "lt" if downwards else "gt"
        beyond = Q(**{f"sort_key__{side}": value}) | Q(**{f"pk__{side}": pk})
        queryset = queryset.filter(beyond, **{f"sort_key__{side}e": value})  # a range, for an index
    sign = "-" if downwards else ""
    ordered = queryset.order_by(f"{sign}sort_key", f"{sign}pk")
    full = None if of is None else of.annotate(sort_key=order.key)
    found = [] if backwards or not order.first else rows_of(ordered.filter(order.first)[: size + 1], full)
    if len(found) <= size:
        found = rows_of(ordered[: size + 1], full)
    rows, more = found[:size], len(found) > size
    if backwards:
        rows.reverse()
    if not rows:
        return Page([])
    has_previous, has_next = (more, True) if backwards else (bool(after), more)
    return Page(
        rows,
        write_cursor(rows[0], order, backwards=True) if has_previous else "",
        write_cursor(rows[-1], order, backwards=False) if has_next else "",
    )


def rows_of(ordered: QuerySet[Any], of: QuerySet[Any] | None) -> list[Any]:
    if of is None:
        return list(ordered)
    keys = list(ordered.values_list("pk", flat=True))
    rows = of.order_by().in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def write_cursor(row: Any, order: Order, *, backwards: bool) -> str:
    value = row.sort_key  # annotated in page()
    place = [backwards, value.isoformat() if hasattr(value, "isoformat") else value, row.pk]
    return signing.dumps(place, salt=order.salt)


def read_cursor(cursor: str, order: Order) -> list | None:
    """None if it is no cursor of this very order: the value of another would not even be of the same type."""
    try:
        return signing.loads(cursor, salt=order.salt) if cursor else None
    except signing.BadSignature:
        return None
