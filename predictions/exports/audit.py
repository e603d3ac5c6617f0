"""What the database's triggers recorded: one event a row, kind after kind, each in the order of time."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from pghistory.core import event_models

from calls.admin_history import UNKNOWN, cause
from calls.models import User
from predictions.exports.asked import ROWS_AT_ONCE, Asked
from predictions.exports.lines import Row

COLUMNS = ("at", "kind", "row", "action", "who", "values")


def recorded() -> list[Any]:
    return sorted(event_models(), key=lambda model: model.pgh_tracked_model._meta.label)


def events(model: Any, asked: Asked) -> Any:
    return model._default_manager.filter(**asked.within("pgh_created_at"))


def count(asked: Asked) -> int:
    return sum(events(model, asked).count() for model in recorded())


def rows(asked: Asked) -> Iterator[Row]:
    """People who are gone are named by their number."""
    names = dict(User.objects.values_list("pk", "username"))
    kinds = dict(ContentType.objects.values_list("pk", "model"))
    for model in recorded():
        fields = [field for field in model._meta.concrete_fields if not field.name.startswith("pgh_")]
        kind = model.pgh_tracked_model._meta.verbose_name
        for event in events(model, asked).select_related("pgh_context").order_by("pgh_id").iterator(ROWS_AT_ONCE):
            by = cause(event)
            yield {
                "at": event.pgh_created_at,
                "kind": str(kind),
                "row": getattr(event, "pgh_obj_id", None),
                "action": event.pgh_label,
                "who": UNKNOWN if by is None else names.get(by, f"number {by}"),
                "values": {field.name: value(event, field, kinds) for field in fields},
            }


def value(event: Any, field: Any, kinds: Mapping[int, str]) -> object:
    """Kinds of rows by their names: their numbers are this installation's alone."""
    written = getattr(event, field.attname)
    return kinds.get(written, written) if field.related_model is ContentType else written
