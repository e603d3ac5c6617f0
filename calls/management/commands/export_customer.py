"""Writes all that is held of a customer into a zip of JSON files, for the customer who asks for it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls import subject_export
from calls.disclosures import Disclosure
from calls.models import Customer


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("external_id", metavar="EXTERNAL_ID")
        parser.add_argument("--out", type=Path, metavar="FILE", help="by default a file here, named by number and day")

    def handle(self, external_id: str, out: Path | None, **options: Any) -> None:
        customer = Customer.objects.filter(external_id=external_id).first()
        if customer is None:
            raise CommandError(f"There is no customer with the external id {external_id}.")
        out = out or Path(subject_export.file_name(customer))
        aside = out.with_name(f".{out.name}.part")
        with aside.open("wb") as file:
            file.writelines(subject_export.export(customer, by=None, door=Disclosure.Door.COMMAND))
        aside.rename(out)
        self.stdout.write(f"Written to {out}.")
