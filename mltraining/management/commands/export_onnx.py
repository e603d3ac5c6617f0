"""Exports a version's encoder, so that ENCODER_RUNTIME=onnx or onnx-int8 can score with it on a CPU."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.refusal import Refusal
from mltraining import registry
from mltraining.models import ModelVersion
from mltraining.onnx_export import export

REFUSED = 2


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", type=int, nargs="?", help="its number; else the active one")

    def handle(self, *args: Any, version: int | None, **options: Any) -> None:
        chosen = ModelVersion.objects.filter(pk=version).first() if version else registry.active()
        if chosen is None:
            raise CommandError("There is no such version.", returncode=REFUSED)
        try:
            exported = export(chosen)
        except Refusal as refusal:
            raise CommandError(f"{refusal} {refusal.hint}".strip(), returncode=REFUSED) from None
        if not exported:
            raise CommandError(f"{chosen} was given another artefact meanwhile; run it again.")
        print(f"Exported the encoder of {chosen}. Workers take it up when they are started again.")
