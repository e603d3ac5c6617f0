"""Every change is recorded by triggers of the database: the base of their tables, which have wide ids from the first
migration on, and what is recorded."""

from collections.abc import Callable, Iterator
from typing import Any

import pghistory
import pghistory.models
import pghistory.trigger
import pgtrigger
from django.db import models


class BigEvent(pghistory.models.Event):
    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True


class Gone(pghistory.DeleteEvent):
    """That a row went, without what was written in it: of what is erased, act, time and numbers stay."""

    def add_event_trigger(self, event_model: Any) -> None:
        said = {"label": self.label, "name": self.trigger_name, "row": self.row, "operation": self.operation}
        pgtrigger.register(WordlessEvent(event_model=event_model, **said))(event_model.pgh_tracked_model)


class WordlessEvent(pghistory.trigger.Event):
    event_model: Any

    def get_func(self, model: Any) -> Any:
        written = super().get_func(model).func
        for field in words_of(self.event_model):
            empty = "'{{}}'" if field.get_internal_type() == "JSONField" else "''"
            written = written.replace(f'OLD."{field.column}"', empty)
        return pgtrigger.Func(written)


def replaced(secret: str, said: str) -> pghistory.UpdateEvent:
    """That a column was changed which is not recorded itself; what else that changes is in an event of its own."""
    return pghistory.UpdateEvent(said, condition=pgtrigger.AnyChange(secret), row="OLD")


def tracked(*more: pghistory.Tracker, is_erased: bool = False, **options: Any) -> Callable[[Any], Any]:
    """Records what is added, changed and deleted, and what `more` watches for. `is_erased`: the rows tell of customers,
    so that deleting one must leave no words."""
    gone = Gone() if is_erased else pghistory.DeleteEvent()
    return pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), gone, *more, **options)


def words_of(table: type[models.Model]) -> Iterator["models.Field[Any, Any]"]:
    """The columns in which anything may be written: no choices, no numbers, no times, nor what kind of event it was."""
    for field in table._meta.concrete_fields:
        is_written = field.get_internal_type() in ("CharField", "TextField", "JSONField") and not field.choices
        if is_written and not field.name.startswith("pgh_"):
            yield field
