"""The admin's history of a row: what the database's triggers recorded, with values and who caused it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest, HttpResponse
from pghistory.core import event_models
from unfold.admin import ModelAdmin

from calls.models import User

SHOWN = 100
ACTIONS = {"insert": "added", "update": "changed"}  # the triggers' names for them
UNKNOWN = "the system"  # a command, a worker, or the database itself


@dataclass(frozen=True)
class Change:
    """One field of one event; `before` is None in the first event that is known."""

    field: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Event:
    at: datetime
    who: str
    action: str
    changes: Sequence[Change]


class HistoryOfValues(ModelAdmin):
    """Shows the recorded events above the list of what was done in the admin."""

    object_history_template: ClassVar[Any] = "admin/history_of_values.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"events": lambda: events_of(self.model, object_id)}  # asked only once the row may be seen
        return super().history_view(request, object_id, context | (extra_context or {}))


def events_of(model: type[models.Model], pk: object) -> list[Event]:
    """Of the row and of its links to others, newest first."""
    found = [event for recorded in event_models(tracks_model=model) for event in told(recorded, pk)]
    recorded: Any
    for link in model._meta.many_to_many:
        for recorded in event_models():
            if recorded.pgh_tracked_model._meta.concrete_model is link.remote_field.through:
                found += linked(recorded, link, pk)
    return sorted(found, key=lambda event: event.at, reverse=True)


def linked(recorded: Any, link: "models.ManyToManyField[Any, Any]", pk: object) -> Iterator[Event]:
    rows = newest_rows(recorded, **{link.m2m_field_name(): pk})[:SHOWN]
    other = recorded._meta.get_field(link.m2m_reverse_field_name())
    names = names_of(rows)
    for row in rows:
        change = Change(str(other.verbose_name), None, in_words(row, other))
        yield Event(row.pgh_created_at, names.get(cause(row), UNKNOWN), row.pgh_label, [change])


def told(recorded: Any, pk: object) -> Iterator[Event]:
    newest = newest_rows(recorded, pgh_obj=pk)
    fields = [field for field in recorded._meta.concrete_fields if is_a_value(field)]
    written = [{field.verbose_name: in_words(row, field) for field in fields} for row in newest]
    names = names_of(newest)
    before = [*written[1:], None]
    for row, values, earlier in zip(newest[:SHOWN], written, before, strict=False):
        action = ACTIONS.get(row.pgh_label, row.pgh_label)
        yield Event(row.pgh_created_at, names.get(cause(row), UNKNOWN), action, list(changed(values, earlier)))


def newest_rows(recorded: Any, **about: object) -> list[Any]:
    """One more than is shown: the last one shown is compared with it."""
    rows = recorded._default_manager.filter(**about).select_related("pgh_context").order_by("-pgh_id")
    return list(rows[: SHOWN + 1])


def names_of(rows: Sequence[Any]) -> dict[int | None, str]:
    """Of the people whose requests caused the events."""
    causes = {key for row in rows if (key := cause(row))}
    return dict(User.objects.filter(pk__in=causes).values_list("pk", "username"))


def is_a_value(field: "models.Field[Any, Any]") -> bool:
    return not field.name.startswith("pgh_") and field.name not in ("id", "created_at")


def in_words(row: models.Model, field: "models.Field[Any, Any]") -> str:
    """A row that the event points to may be gone; then its number stands for it."""
    value = getattr(row, field.attname)
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(field, models.ForeignKey):
        return str(field.related_model._base_manager.filter(pk=value).first() or f"number {value}")
    return str(value)


def changed(values: Mapping[Any, str], earlier: Mapping[Any, str] | None) -> Iterator[Change]:
    for name, after in values.items():
        before = None if earlier is None else earlier[name]
        if after not in (before, "–" if before is None else before):
            yield Change(str(name), before, after)


def cause(row: Any) -> int | None:
    return row.pgh_context.metadata.get("user") if row.pgh_context else None
