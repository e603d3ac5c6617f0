"""Erases a customer from everywhere, for good. It says what would go and asks for the name."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls import erasing, held
from calls.models import Customer


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("external_id", metavar="EXTERNAL_ID")
        parser.add_argument("--name", help="the customer's name; without it, it is asked for")

    def handle(self, external_id: str, name: str | None, **options: Any) -> None:
        customer = Customer.objects.filter(external_id=external_id).first()
        if customer is None:
            raise CommandError(f"There is no customer with the external id {external_id}.")
        self.stdout.write(f"This erases {customer}, and cannot be undone:")
        for table, number in held.counted(held.tables_of(customer)).items():
            self.stdout.write(f"  {number:>8,} {table}")
        typed = input("To erase, type the name: ") if name is None else name
        try:
            erasing.check(customer, typed)
        except erasing.ErasureRefused as refusal:
            raise CommandError(refusal.in_words) from None
        erasure = erasing.erase_customer(customer)
        self.stdout.write(f"{erasure} is {erasure.state}. {erasure.in_words}")
        if erasure.state != erasure.State.DONE:
            self.stdout.write("Lines of a batch that still wait name the customer; it ends when they are read.")
