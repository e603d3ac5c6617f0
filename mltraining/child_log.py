"""The log lines of a training's process: they go to its worker's log at once and carry what the worker's lines carry.

Whatever else the process prints is kept by the worker, for the row of the run.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from structlog.contextvars import bound_contextvars, get_contextvars

FILE, CONTEXT = "LOG_FILE_NUMBER", "LOG_CONTEXT"
ERROR_OUTPUT = 2


@contextmanager
def handed_down() -> Iterator[tuple[int, dict[str, str]]]:
    """The parent's side: the number of an open file that the child must inherit, and what its environment must name."""
    number = os.dup(ERROR_OUTPUT)
    try:
        yield number, {FILE: str(number), CONTEXT: json.dumps(get_contextvars())}
    finally:
        os.close(number)


def stream() -> TextIO | None:
    """The child's side; None in any other process, and in a child's child, which has the variables but not the file."""
    number = os.environ.get(FILE)
    try:
        return os.fdopen(os.dup(int(number)), "w", buffering=1) if number else None
    except OSError:
        return None


@contextmanager
def carrying(**facts: object) -> Iterator[None]:
    """All lines within carry the parent's ids, and these facts."""
    with bound_contextvars(**json.loads(os.environ.get(CONTEXT, "{}")), **facts):
        yield
