"""The process of one attempt at a training run; started by the worker, not by hand."""

import logging
import os
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from calls.outages import went_away
from mltraining import child_log, registry, why_failed
from mltraining.models import TrainingRun

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--attempt", type=int, required=True)

    def handle(self, *args: Any, run: int, attempt: int, **options: Any) -> None:
        threading.Thread(target=end_with_parent, daemon=True).start()
        with child_log.carrying(run=run, attempt=attempt):
            log.info("training begins")
            train(run, attempt)
            log.info("training ends")


def train(run: int, attempt: int) -> None:
    from mltraining.attempt import AttemptOver, work  # noqa: PLC0415  # only this process needs it

    try:
        work(run, attempt)
    except AttemptOver as over:
        print(over)
    except Exception as error:  # whatever ended it, the parent and the run are told, and what is not foreseen goes on
        log.exception("training failed")
        if isinstance(error, Error) and went_away(error):
            sys.exit(os.EX_TEMPFAIL)  # to the parent: another attempt may go better
        said = why_failed.foreseen(error)
        if not said:
            raise  # the parent keeps the last lines that are printed
        registry.finish(TrainingRun(pk=run, attempts=attempt), TrainingRun.State.FAILED, error=said)
        sys.exit(1)


def end_with_parent() -> None:
    """The pipe from the parent closes when it dies, however it dies; then nobody renews our lease."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)
