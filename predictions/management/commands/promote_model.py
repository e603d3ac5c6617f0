"""Promotes a model version: its vectors are written, then it serves. With --wait follows that to its end."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.refusal import Refusal
from mltraining.models import ModelVersion, Promotion
from predictions import promotion

SECONDS_BETWEEN_LOOKS = 0.5
REFUSED = 2


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", type=int, nargs="?", help="its number; else the newest candidate")
        parser.add_argument("--override", default="", metavar="REASON", help="promote although it is not ready")
        parser.add_argument("--wait", action="store_true", help="show progress until it serves")

    def handle(self, *args: Any, version: int | None, override: str, wait: bool, **options: Any) -> None:
        candidates = ModelVersion.objects.filter(state=ModelVersion.State.CANDIDATE)
        chosen = ModelVersion.objects.filter(pk=version).first() if version else candidates.first()
        if chosen is None:
            raise CommandError("There is no such version.", returncode=REFUSED)
        try:
            job = promotion.promote(chosen, None, override)
        except Refusal as refusal:
            reasons = [reason["text"] for reason in chosen.verdict_reasons if not reason["passed"]]
            raise CommandError("\n".join([f"{refusal} {refusal.hint}", *reasons]), returncode=REFUSED) from None
        print(f"Promotion of {chosen}: writing its vectors.", flush=True)
        if wait:
            follow(job)


def follow(job: Promotion) -> None:
    while job.state == Promotion.State.WRITING_VECTORS:
        if sys.stdout.isatty():
            print(f"{job.progress:5.0%}  {job.calls_done} of {job.calls_total} calls", end="\r", flush=True)
        time.sleep(SECONDS_BETWEEN_LOOKS)
        job.refresh_from_db()
    if job.state == Promotion.State.FAILED:
        raise CommandError(f"Failed: {job.error}")
    print(f"{job.version} serves.".capitalize(), flush=True)
