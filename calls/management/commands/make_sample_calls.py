"""`make_sample_calls --count N --seed S [--out FILE.jsonl.gz]`: simulated sales calls whose probabilities are known."""

import gzip
import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calls.sample_calls.simulate import sample_calls


class Command(BaseCommand):
    help = "Writes simulated sales calls as JSON lines: each with its outcome and the probability it was drawn from."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--open", type=int, default=0, help="so many of the newest calls have no outcome yet")
        parser.add_argument("--until", help="the calls end before this date (YYYY-MM-DD); today, if not given")
        parser.add_argument("--out", help="FILE.jsonl or FILE.jsonl.gz; standard output, if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        count, open_calls = options["count"], options["open"]
        if count < 1 or not 0 <= open_calls <= count:
            raise CommandError("--count must be at least 1, and --open between 0 and the count.")
        rows = sample_calls(count, options["seed"], until=last_moment(options["until"]), open_calls=open_calls)
        if not options["out"]:
            write_lines(rows, sys.stdout)
            return
        with opened(Path(options["out"])) as file:
            write_lines(rows, file)
        self.stdout.write(f"{count} sample calls written to {options['out']}")


def last_moment(until: str | None) -> datetime:
    """Sample outcomes become known up to a month after a call, so the calls end a month before `until`."""
    try:
        end = datetime.fromisoformat(until).replace(tzinfo=UTC) if until else timezone.now()
    except ValueError:
        raise CommandError(f"--until must be a date like 2026-01-31, not {until!r}.") from None
    return end.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=31)


def opened(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return gzip.open(path, "wt", encoding="utf-8") if path.suffix == ".gz" else path.open("w", encoding="utf-8")


def write_lines(rows: Any, file: TextIO) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
