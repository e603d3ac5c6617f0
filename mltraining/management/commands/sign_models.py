"""Signs model versions anew whose files are whole, after SPOOL_KEY or SECRET_KEY was changed."""

from typing import Any

from django.core.management.base import BaseCommand

from mltraining import registry
from mltraining.models import ModelVersion


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for version in ModelVersion.objects.order_by("pk"):
            try:
                registry.sign(version)
            except registry.DamagedArtefact as refusal:
                print(refusal)
            else:
                print(f"Signed {version}.")
