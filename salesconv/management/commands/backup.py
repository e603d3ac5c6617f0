"""Makes a backup in a folder: rows, model versions, waiting uploads, and a manifest. Everything may go on meanwhile."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from salesconv.backing_up import back_up
from salesconv.backup_manifest import BackupError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="each backup is a new folder in it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(str(back_up(options["folder"])))
        except (BackupError, OSError) as error:
            raise CommandError(f"There is no new backup. {error}") from error
