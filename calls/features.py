"""From what a call brings to numbers and categories: customer metadata, interaction statistics, customer history."""

import math
from collections.abc import Iterator, Mapping

from calls.customer_history import HISTORY, customer_history, histories, history
from calls.interaction import FORMULAS, STATISTICS, interaction_statistics, running_statistics

__all__ = [
    "FORMULAS",
    "HISTORY",
    "STATISTICS",
    "customer_history",
    "flattened",
    "histories",
    "history",
    "interaction_statistics",
    "running_statistics",
]

LONG_TEXT = 100  # characters; longer text is prose, not a category
LONG_LIST = 20  # entries that are looked at
IDENTIFIERS = ("name", "external_id")  # who it is says nothing that carries over to others


def flattened(metadata: Mapping[str, object]) -> tuple[dict[str, float | None], dict[str, str | None]]:
    """Numbers and categories of nested metadata, keys joined by dots.

    Booleans are categories, long text is left out, a null stays as None among the categories, and of a list every
    text counts as a category of its own.
    """
    numbers: dict[str, float | None] = {}
    categories: dict[str, str | None] = {}
    for key, value in leaves(metadata):
        if key in IDENTIFIERS:
            continue
        if isinstance(value, bool):
            categories[key] = "yes" if value else "no"
        elif isinstance(value, int | float):
            number = as_float(value)
            numbers[key] = number if math.isfinite(number) else None
        elif value is None:
            categories[key] = None
        elif len(text := str(value).strip()) <= LONG_TEXT:
            categories[key] = text or None
    return numbers, categories


def as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # JSON knows integers of any length
        return math.inf


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for inner in value[:LONG_LIST]:
            if isinstance(inner, str | int | bool):
                yield f"{path}.{inner}", True
    elif path:
        yield path, value
