"""Brings in calls from transcript files, folders, zips and JSON lines, and says what became of each."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls.importing import Options, Report, run

REASONS_SHOWN = 100
KEYS_SHOWN = 20
SECONDS_BETWEEN_LINES = 2.0


class Command(BaseCommand):
    help = (
        "Imports calls: transcript files of every format, folders, zips, and JSON or JSON lines of calls, as they "
        'are posted to the API ({"source", "external_id", "started_at", "rep", "deal", "customer", "turns" or '
        '"transcript"}) or of a data set ({"id", "group", "turns", "metadata", "outcome"}), if known with "known_at" '
        'and "team". '
        "May be run again: what is there already is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--source", default="import", help="the source that the calls' ids belong to")
        parser.add_argument("--team", default="", help="the team of all these calls; made if it is new")
        parser.add_argument("--rep", default="", help="the user name of the rep of all these calls")
        parser.add_argument(
            "--create-people", action="store_true", help="make an inactive user of every rep that is not known yet"
        )

    def handle(self, **options: Any) -> None:
        started = said_at = monotonic()
        report = Report()
        wanted = Options(options["source"], options["team"], options["rep"], options["create_people"])
        for report in run(options["files"], wanted):
            if options["verbosity"] and monotonic() - said_at > SECONDS_BETWEEN_LINES:
                said_at = monotonic()
                self.stdout.write(f"  {report.read:,} read, {report.taken:,} taken")
                self.stdout.flush()
        self.tell(report, monotonic() - started)
        if not report.taken and not report.present:
            raise CommandError("Nothing could be imported.", returncode=2)

    def tell(self, report: Report, seconds: float) -> None:
        for place, reason in [*report.rejected, *report.refused_labels][:REASONS_SHOWN]:
            self.stderr.write(f"{place}: {reason}")
        hidden = Counter(reason for _, reason in [*report.rejected, *report.refused_labels][REASONS_SHOWN:])
        for reason, count in hidden.most_common():
            self.stderr.write(f"and {count:,} more: {reason}")
        for key, count in report.unused.most_common(KEYS_SHOWN):
            self.stderr.write(f"warning: {key[:100]!a} is no key that an import takes; left out of {count:,} calls")
        if (more := len(report.unused) - KEYS_SHOWN) > 0:
            self.stderr.write(f"warning: {more:,} more keys are none that an import takes")
        for team, count in report.new_teams.most_common(KEYS_SHOWN):
            self.stderr.write(f"warning: there was no team {team!a}, so it was made; {count:,} calls name it")
        if (more := len(report.new_teams) - KEYS_SHOWN) > 0:
            self.stderr.write(f"warning: {more:,} more teams were made")
        self.stdout.write(
            f"{report.taken:,} taken, {report.present:,} already there, {len(report.rejected):,} rejected, "
            f"{report.labelled:,} labels added, {len(report.refused_labels):,} labels refused, in {seconds:.1f} s"
        )
