"""Takes a backup into an empty installation. Run `migrate` afterwards, then start web and workers."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from salesconv.backup_manifest import BackupError
from salesconv.taking_back import restore


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []  # a check may ask for tables that are to come

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="one backup")
        parser.add_argument(
            "--with-another-key",
            action="store_true",
            help="though waiting uploads and webhooks' secrets stay unreadable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["folder"], with_another_key=options["with_another_key"])
        except (BackupError, OSError) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        self.stdout.write(f"Restored the backup of {manifest.made_at}. Run migrate now, then start web and workers.")
        for name in manifest.gone:
            self.stdout.write(f"{name} was gone when the backup was made.")
