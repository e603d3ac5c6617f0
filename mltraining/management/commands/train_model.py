"""Asks for a training run; with --wait follows it to its end.

Exit codes: 0 a candidate (or nothing had changed), 1 the run failed, 2 it was refused.
"""

import json
import sys
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.refusal import Refusal
from mltraining import training
from mltraining.forecast import forecast
from mltraining.ml.config import TrainConfig
from mltraining.models import ModelVersion, TrainingRun

SECONDS_BETWEEN_LOOKS = 0.5
REFUSED = 2


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", action="store_true", help="show progress until the run is finished")
        parser.add_argument("--foreground", action="store_true", help="do the work here instead of on a gpu worker")
        parser.add_argument(
            "--promote", action="store_true", help="promote what it or an equal run made, unless not ready"
        )
        parser.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="a field of the configuration; repeatable"
        )

    def handle(self, *args: Any, wait: bool, foreground: bool, promote: bool, **options: Any) -> None:
        try:
            run = training.request(None, dict(map(setting, options["set"])))
        except Refusal as refusal:
            raise CommandError(f"{refusal} {refusal.hint}".strip(), returncode=REFUSED) from None
        print(f"Training run {run.pk}: {run.counts['won']} won and {run.counts['lost']} lost calls.", flush=True)
        if foreseen := forecast(run.counts, TrainConfig.from_dict(run.config)):
            print(f"{foreseen.in_words} {foreseen.work.why}", flush=True)
        if foreground:
            training.run(run.pk)
        if wait or foreground or promote:
            follow(run)
            version = conclude(run)
            if promote and version and version.state == ModelVersion.State.CANDIDATE:
                call_command("promote_model", version.pk, wait=True)  # by name: promotion is a higher app's work


def setting(text: str) -> tuple[str, Any]:
    """A value is JSON where it can be read as such, else a text."""
    name, mark, value = text.partition("=")
    if not mark:
        raise CommandError(f"--set expects NAME=VALUE, not {text!r}.", returncode=REFUSED)
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def follow(run: TrainingRun) -> None:
    """Prints each log line once, and on a terminal the progress in between."""
    printed = 0
    while True:
        run.refresh_from_db()
        finished = run.is_finished  # read before the lines, so that none is missed
        for line in run.log.filter(pk__gt=printed):
            seconds = (line.created_at - (run.started_at or line.created_at)).total_seconds()
            print(f"{seconds:5.0f} s  {line.stage:<10} {line.text}", flush=True)
            printed = line.pk
        if finished:
            return
        if sys.stdout.isatty():
            left = "" if run.seconds_left is None else f", about {run.seconds_left / 60:.1f} minutes left"
            print(f"{run.progress:5.0%}  {run.stage or run.state}{left}", end="\r", flush=True)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def conclude(run: TrainingRun) -> ModelVersion | None:
    """What it made; where nothing had changed, what the run before it made."""
    if run.state == TrainingRun.State.FAILED:
        raise CommandError(f"Failed: {run.error}")
    version = ModelVersion.objects.filter(run__snapshot_hash=run.snapshot_hash).first()
    if version:
        made = "Registered" if version.run_id == run.pk else "There is already"
        state = version.get_state_display().lower()
        print(f"{made} {version} as {state}: {version.get_verdict_display()}.", flush=True)
        for reason in version.verdict_reasons:
            print(f"  {'✓' if reason['passed'] else '✗'} {reason['text']}", flush=True)
    return version
