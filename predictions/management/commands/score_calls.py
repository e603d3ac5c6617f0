"""Asks for scores of every call that has none by the active version; with --wait follows that to its end."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mltraining import registry
from mltraining.models import ModelVersion
from predictions import scoring
from predictions.tasks import score_pending

SECONDS_BETWEEN_LOOKS = 0.5


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", action="store_true", help="show progress until every call has its score")
        parser.add_argument("--foreground", action="store_true", help="score here instead of on the workers")

    def handle(self, *args: Any, wait: bool, foreground: bool, **options: Any) -> None:
        version = registry.active()
        if version is None:
            raise CommandError("No model version is active: train and promote one first.")
        print(f"{scoring.pending(version).count()} calls wait for a score by {version}.", flush=True)
        if foreground:
            while scoring.score_batch():
                pass
        else:
            score_pending.delay()
        if wait:
            follow(version)


def follow(version: ModelVersion) -> None:
    while left := scoring.pending(version).count():
        if sys.stdout.isatty():
            print(f"{left:7} left", end="\r", flush=True)
        time.sleep(SECONDS_BETWEEN_LOOKS)
    print("Every call has its score.", flush=True)
