"""Twice as many rows in every table of ours: each once more, with its links leading to what was made of the others."""

from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db.models import CharField, Field, Model, UniqueConstraint, UUIDField
from pghistory.core import event_models

from mltraining.models import ModelVersion
from predictions.models import Band, RiskRule, ShownScore

OURS = ("calls", "mltraining", "predictions")
LEFT_OUT = (Band, RiskRule, ShownScore)  # what an admin sets and nobody adds to, and what the database writes itself
CHANGED = {ModelVersion: {"state": "retired"}}  # there is one that serves
numbers = count(2)


def double() -> None:
    number, made = next(numbers), dict[Model, Model]()
    for table in in_order():
        rows = list(table._base_manager.order_by("pk"))
        copies = [copy_of(row, number, made) for row in rows]
        table._base_manager.bulk_create(copies)
        made |= dict(zip(rows, copies, strict=True))


def in_order() -> list[type[Model]]:
    """Each after those that it links to."""
    waiting, found = set(tables()), list[type[Model]]()
    while waiting:
        ready = [table for table in waiting if not (linked(table) - {table}) & waiting]
        assert ready, f"links in a circle: {waiting}"
        found += sorted(ready, key=lambda table: table._meta.label)
        waiting -= set(ready)
    return found


def tables() -> Iterator[type[Model]]:
    for table in apps.get_models(include_auto_created=True):
        is_left_out = table._meta.proxy or table in LEFT_OUT or table in event_models()
        if table._meta.app_label in OURS and not is_left_out:
            yield table


def linked(table: type[Model]) -> set[Any]:
    return {field.related_model for field in table._meta.concrete_fields if field.is_relation}


def copy_of(row: Model, number: int, made: dict[Model, Model]) -> Model:
    table = type(row)
    values = {field.attname: getattr(row, field.attname) for field in table._meta.concrete_fields}
    for field in table._meta.concrete_fields:
        if field.is_relation and (linked_row := getattr(row, field.name)) in made:
            values[field.attname] = made[linked_row].pk
        elif isinstance(field, CharField) and is_unique(field) and not field.choices and values[field.attname]:
            values[field.attname] = f"{number}~{values[field.attname]}"[: field.max_length]
        elif isinstance(field, UUIDField):
            values[field.attname] = uuid4()
    return table(**{**values, table._meta.pk.attname: None, **CHANGED.get(table, {})})


def is_unique(field: Field) -> bool:
    constraints = [each for each in field.model._meta.constraints if isinstance(each, UniqueConstraint)]
    return field.unique or any(field.name in each.fields for each in constraints)
