"""Brings in customers as an export wrote them: each becomes what its line says."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from calls.management.commands.import_labels import tell
from calls.restoring import run, take_customers


class Command(BaseCommand):
    help = f"{__doc__} May be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, **options: Any) -> None:
        tell(self, run(options["files"], take_customers))
