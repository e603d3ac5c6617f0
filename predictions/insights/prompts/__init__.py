"""Prompts lie in files beside this one, named by kind and version; a changed prompt is a new file."""

import re
from functools import cache
from pathlib import Path

HEADING = re.compile(r"^\[(system|human)\]\n", re.MULTILINE)


@cache
def messages(kind: str, version: str) -> tuple[tuple[str, str], ...]:
    """The (role, template) pairs of a prompt file, where each part begins with its role in square brackets."""
    text = (Path(__file__).parent / f"{kind}_{version}.txt").read_text(encoding="utf-8")
    _, *parts = HEADING.split(text)
    return tuple((role, part.strip()) for role, part in zip(parts[::2], parts[1::2], strict=True))
