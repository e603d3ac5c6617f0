"""Mappings by name: those that come ready made, by what other systems document, and those that an admin adds."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.db import models

from calls.field_mapping import BadMapping, Definition, first_found
from calls.history import tracked

READY = Path(__file__).with_name("ready_mappings")


@tracked(model_name="FieldMappingEvent")
class FieldMapping(models.Model):
    class Kind(models.TextChoices):
        CALLS = "calls"
        OUTCOMES = "outcomes"

    name = models.SlugField(max_length=100, help_text="By which requests name it.")
    kind = models.CharField(max_length=16, choices=Kind, help_text="What its rows are.")
    definition = models.JSONField(
        help_text='{"fields": {our field: a JMESPath expression, or a list of which the first that finds something '
        'counts}, "values": {our field: {theirs: ours}}, "formats": {our time: "%d.%m.%Y"}, "rows": where the rows '
        "stand in a document}"
    )

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="one_mapping_of_a_name")]

    def __str__(self) -> str:
        return f"{self.name} for {self.kind}"


@cache
def ready(kind: str) -> Mapping[str, Definition]:
    files = sorted(READY.glob(f"{kind}_*.json"))
    return {file.stem.removeprefix(f"{kind}_"): json.loads(file.read_text()) for file in files}


def named(kind: str, name: str) -> Definition:
    """BadMapping names those that there are."""
    own: dict[str, Any] = dict(FieldMapping.objects.filter(kind=kind).values_list("name", "definition"))
    known = own | dict(ready(kind))
    if name not in known:
        expected = f"Expected one of {', '.join(known)}."
        raise BadMapping("There is no such mapping.", fields={"mapping": expected}, hint=expected)
    return known[name]


def recognised(columns: Iterable[str]) -> Definition | None:
    """The ready-made mapping of outcomes for a table with these columns."""
    row = dict.fromkeys(columns, True)
    for definition in ready(FieldMapping.Kind.OUTCOMES).values():
        fields = definition["fields"]
        if all(first_found(name, fields[name], row) for name in ("deal", "outcome")):
            return definition
    return None
