"""Gives a stored version an artefact that can also be scored by ONNX."""

import os
import shutil
from pathlib import Path

from calls.refusal import Refusal
from mltraining import registry
from mltraining.models import ModelVersion


class NothingToExport(Refusal):
    """The encoder is no transformer, or the packages that export one are not installed."""

    code = "nothing_to_export"


def export(version: ModelVersion) -> bool:
    """False: another process gave it another artefact meanwhile. Raises NothingToExport and DamagedArtefact.

    The artefact before is not touched: whoever is loading it finds it whole, and a later training clears it away.
    """
    from mltraining.ml.encoder import EncoderError  # noqa: PLC0415  # ml only inside functions

    source = registry.verified_folder(version)

    def write(folder: Path) -> None:
        shutil.copytree(source, folder, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns(registry.MANIFEST))
        if not registry.add_onnx(folder):
            raise NothingToExport(f"The encoder of {version} is no transformer.", hint="It runs without torch anyway.")

    os.utime(source)  # a left-over is cleared away by its age
    try:
        artefact = registry.stored(write, version.run)
    except EncoderError as error:
        raise NothingToExport(str(error)) from error
    same = ModelVersion.objects.filter(pk=version.pk, artefact=version.artefact)
    if same.update(**artefact.columns):
        return True
    registry.discard(artefact)
    return False
