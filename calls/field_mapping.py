"""Another system's JSON in our words: JMESPath says where the value of each of our fields stands. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from calls.refusal import Refusal

OWN = "salesconv"  # what stands under this key of a row is in our words and goes before what the mapping finds
FIELDS = {
    "calls": ("source", "external_id", "started_at", "rep", "deal", "turns", "transcript", "document", "customer"),
    "outcomes": ("source", "external_id", "deal", "outcome", "known_at", "origin", "note"),
}
TIMES = ("started_at", "known_at")
PARTS = {"rows", "fields", "values", "formats"}
MILLISECONDS_FROM = 1e11  # as seconds this would be the year 5138

Definition = Mapping[str, Any]


class BadMapping(Refusal):
    """A mapping that cannot be used, or not for this row; `fields` names where."""

    code = "bad_mapping"


def check(kind: str, definition: object) -> None:
    """BadMapping names every part that cannot be used."""
    if not isinstance(definition, Mapping):
        raise BadMapping("Expected a JSON object.", fields={"definition": "Expected an object."})
    problems = {str(name): f"Expected one of {', '.join(sorted(PARTS))}." for name in definition if name not in PARTS}
    paths = definition.get("fields")
    if not isinstance(paths, Mapping) or not paths:
        problems["fields"] = 'Expected our fields with JMESPath expressions, such as {"external_id": "call.id"}.'
        paths = {}
    for name, said in paths.items():
        if str(name).split(".")[0] not in FIELDS[kind]:
            problems[f"fields.{name}"] = f"Expected one of {', '.join(FIELDS[kind])}."
        for path in alternatives(said):
            if fault := fault_of(path):
                problems[f"fields.{name}"] = fault
    if "rows" in definition and (fault := fault_of(definition["rows"])):
        problems["rows"] = fault
    for part in ("values", "formats"):
        if not isinstance(definition.get(part, {}), Mapping):
            problems[part] = "Expected an object by the names of our fields."
    if problems:
        raise BadMapping("The mapping cannot be used.", fields=problems)


def fault_of(path: object) -> str:
    try:
        compiled(path if isinstance(path, str) else "")
    except JMESPathError as error:
        return f"This is no JMESPath expression: {str(error).splitlines()[0]}"
    return ""


@lru_cache(maxsize=1000)
def compiled(path: str) -> Any:
    return jmespath.compile(path)


def alternatives(said: object) -> Sequence[object]:
    return said if isinstance(said, list) else [said]


def rows_of(definition: Definition, document: object) -> list[Any]:
    """The rows of a document that wraps them; of any other, the document itself where it is a list, or alone."""
    found = compiled(definition["rows"]).search(document) if "rows" in definition else None
    rows = document if found is None else found
    return rows if isinstance(rows, list) else [rows]


def mapped(definition: Definition, row: object) -> dict[str, Any]:
    """The row in our words, nested as ours are; fields that are not there are left out."""
    if not isinstance(row, Mapping):
        raise BadMapping("The row is no JSON object.", fields={"row": "Expected an object."})
    ours: dict[str, Any] = {}
    for name, said in definition["fields"].items():
        value = in_our_words(definition, name, first_found(name, said, row))
        if value is not None:
            put(ours, name.split("."), value)
    own = row.get(OWN)
    return joined(ours, own) if isinstance(own, Mapping) else ours


def first_found(name: str, said: object, row: object) -> object:
    for path in alternatives(said):
        try:
            value = compiled(str(path)).search(row)
        except JMESPathError as error:
            fault = str(error).splitlines()[0]
            raise BadMapping("The mapping does not fit this row.", fields={name: fault}) from None
        if value not in (None, "", [], {}):
            return value
    return None


def in_our_words(definition: Definition, name: str, value: object) -> object:
    """By the table of values, where the field has one: what does not stand in it is as if it were not there."""
    table = definition.get("values", {}).get(name)
    if table is not None and value is not None:
        return {str(theirs).casefold(): ours for theirs, ours in table.items()}.get(str(value).strip().casefold())
    return time(value, definition.get("formats", {}).get(name, "")) if name in TIMES else value


def time(value: object, format: str) -> object:
    """Seconds or milliseconds since 1970, or a text in the format, as ISO 8601; anything else as it is."""
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal()):
            seconds = float(value)
            return datetime.fromtimestamp(seconds / 1000 if seconds > MILLISECONDS_FROM else seconds, UTC).isoformat()
        if isinstance(value, str) and format:
            moment = datetime.strptime(value.strip(), format)
            return moment.isoformat() if any(sign in format for sign in ("%H", "%I")) else moment.date().isoformat()
    except (ValueError, OverflowError, OSError):
        return value
    return value


def put(ours: dict[str, Any], path: Sequence[str], value: object) -> None:
    for name in path[:-1]:
        ours = ours.setdefault(name, {})
    ours[path[-1]] = value


def joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {**below, **above}
    inner = (below.get("customer"), above.get("customer"))
    if all(isinstance(each, Mapping) for each in inner):
        both["customer"] = {**below["customer"], **above["customer"]}
    return both
