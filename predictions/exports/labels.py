"""Evidence about outcomes, one piece a row, with who said it, when, and since when it was known."""

from collections.abc import Iterator

from calls.models import Label, LabelQuerySet
from predictions.exports.asked import ROWS_AT_ONCE, Asked
from predictions.exports.lines import Row

COLUMNS = (
    "source", "external_id", "deal", "outcome", "evidence_from", "origin", "author", "known_at", "created_at", "note",
    "blind",
)  # fmt: skip


def seen(asked: Asked) -> LabelQuerySet:
    every = Label.objects.all() if asked.user is None else Label.objects.visible_to(asked.user)
    return every.filter(**asked.within("created_at"))


def count(asked: Asked) -> int:
    return seen(asked).count()


def rows(asked: Asked) -> Iterator[Row]:
    """In the order of arrival, which decides what counts."""
    labels = seen(asked).select_related("call", "author").order_by("created_at", "pk")
    return map(row, labels.iterator(ROWS_AT_ONCE))


def row(label: Label) -> Row:
    return {
        "source": label.call.source if label.call else "",
        "external_id": label.call.external_id if label.call else "",
        "deal": label.deal,
        "outcome": label.outcome,
        "evidence_from": label.source,
        "origin": label.origin,
        "author": label.author.username if label.author else "",
        "known_at": label.known_at,
        "created_at": label.created_at,
        "note": label.note,
        "blind": label.blind,
    }
