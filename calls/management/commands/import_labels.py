"""Brings in evidence about outcomes as an export wrote it, with who said it, when, and since when it was known."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls.restoring import Evidence, Restored, run

REASONS_SHOWN = 100


class Command(BaseCommand):
    help = f"{__doc__} Import the calls first. May be run again: what is there already is left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--create-people", action="store_true", help="make an inactive user of every author that is not known yet"
        )

    def handle(self, **options: Any) -> None:
        tell(self, run(options["files"], Evidence(options["create_people"]).take))


def tell(command: BaseCommand, report: Restored) -> None:
    for place, reason in report.refused[:REASONS_SHOWN]:
        command.stderr.write(f"{place}: {reason}")
    if (more := len(report.refused) - REASONS_SHOWN) > 0:
        command.stderr.write(f"and {more:,} more")
    told = f"{report.added:,} added, {report.present:,} already there, {len(report.refused):,} refused"
    command.stdout.write(told)
    if not report.added and not report.present:
        raise CommandError("Nothing could be imported.", returncode=2)
