"""How a log line looks: JSON for machines or columns for a terminal, with the ids of its request, task and training.

JSON holds no words of people: an exception's message may quote what somebody said, so it is left out unless its class
is one that speaks of machines only. Lines of ours name rows by their numbers.
"""

import logging
import sys
import traceback
from collections.abc import Mapping
from typing import TextIO

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from structlog.typing import EventDict, Processor, WrappedLogger

from mltraining import child_log

EXTRA = ("method", "route", "ids", "status", "milliseconds", "user")  # of our own lines
OF_MACHINES = (
    OSError, MemoryError, ImportError, AttributeError, NameError, TypeError,
    InterfaceError, OperationalError, RedisError, BrokerError,
)  # fmt: skip
MODULES_OF_MACHINES = ("torch", "mltraining", "predictions", "salesconv")  # of calls are those that quote uploads


def formatter(style: str) -> logging.Formatter:
    """`style` is json or console."""
    shown: list[Processor] = (
        [without_words, structlog.processors.JSONRenderer()]
        if style == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.ExtraAdder(EXTRA),
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[without_nothing, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
    )


def without_nothing(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    return {name: value for name, value in line.items() if value is not None}


def without_words(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Puts the traceback in, but for messages that may quote somebody."""
    raised = line.pop("exc_info", None)
    if isinstance(raised, tuple) and raised[1] is not None:
        line["exception"] = told(raised[1])
    return line


def told(error: BaseException) -> str:
    """Where it came from and of what class it is, its causes before it."""
    causes = [error]
    while (cause := cause_of(causes[-1])) and cause not in causes:  # raised twice, it may be its own
        causes.append(cause)
    return "\n\n".join(f"{''.join(traceback.format_tb(each.__traceback__))}{named(each)}" for each in reversed(causes))


def cause_of(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def named(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, IntegrityError):
        return f"{name}: {str(error).partition(chr(10))[0]}"  # the constraint; the next line shows the row
    speaks_of_machines = isinstance(error, OF_MACHINES) or type(error).__module__.split(".")[0] in MODULES_OF_MACHINES
    return f"{name}: {error}" if speaks_of_machines else name


class Discreet(logging.Filter):
    """Takes out what libraries put into their messages: an exception's words, and an address that somebody typed."""

    def filter(self, record: logging.LogRecord) -> bool:
        raised = record.exc_info[1] if record.exc_info else None
        if isinstance(record.args, Mapping) and "exc" in record.args:  # Celery's
            record.args = {**record.args, "exc": named(raised) if raised else "an error"}
        if record.name == "django.request":  # our own line has the route
            record.msg, record.args = record.getMessage().partition(":")[0], ()
        return True


class Lines(logging.StreamHandler[TextIO]):
    """To the log of whoever started this process: its error output, or what a training's worker handed down."""

    def __init__(self) -> None:
        super().__init__(child_log.stream() or sys.stderr)
