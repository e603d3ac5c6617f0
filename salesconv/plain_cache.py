"""How values lie in the cache: as JSON. Django would pickle them, and who can write to Redis could run code here."""

import json
from dataclasses import asdict, is_dataclass
from typing import Any


class PlainValues:
    """A serializer of Django's Redis cache. Numbers stay what Redis can count up; tuples come back as lists."""

    def dumps(self, value: Any) -> bytes:
        """Raises TypeError for what is not plain."""
        return json.dumps(value, default=columns).encode()

    def loads(self, kept: bytes) -> Any:
        return json.loads(kept)


def columns(value: Any) -> dict[str, Any]:
    """Of a dataclass, as unfold keeps what its search found; its templates read both alike."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"A {type(value).__name__} is nothing that the cache keeps: make it plain data.")
