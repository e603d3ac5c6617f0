"""The process of one attempt at a training run; started by the worker, not by hand."""

import logging
import os
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from calls.refusal import Refusal
from mltraining import child_log, registry
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
            try:
                train(run, attempt)
            except Exception:
                log.exception("training failed")
                raise
            log.info("training ends")


def train(run: int, attempt: int) -> None:
    from mltraining.attempt import AttemptOver, work  # noqa: PLC0415  # only this process needs it
    from mltraining.ml.config import ConfigurationError  # noqa: PLC0415  # ml only inside functions
    from mltraining.ml.encoder import EncoderError  # noqa: PLC0415  # heavy
    from mltraining.ml.pipeline import TrainingError  # noqa: PLC0415  # heavy

    try:
        work(run, attempt)
    except AttemptOver as over:
        print(over)
    except (Refusal, ConfigurationError, TrainingError, EncoderError) as error:
        # These say all by themselves; of anything else the parent keeps the last lines of what was printed.
        registry.finish(TrainingRun(pk=run, attempts=attempt), TrainingRun.State.FAILED, error=str(error))
        print(error)
        sys.exit(1)


def end_with_parent() -> None:
    """The pipe from the parent closes when it dies, however it dies; then nobody renews our lease."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)
