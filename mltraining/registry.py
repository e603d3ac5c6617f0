"""Model versions and their artefacts: stored whole or not at all, verified at each load, at most one active.

An artefact is a folder in the models storage. Its manifest names the SHA-256 of each file; the checksum of the version
is that of the manifest, and the version's signature is an HMAC of name and checksum: whoever lacks the key can exchange
neither files nor rows.
"""

import fcntl
import hashlib
import hmac
import json
import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import transaction
from django.db.models.functions import Now

from calls import clock
from calls.encryption import signature
from calls.refusal import Refusal
from mltraining.ml.encoder import ONNX_FILES, EncoderError
from mltraining.ml.file_hash import file_hash
from mltraining.models import LabelSuspect, ModelVersion, RunLogLine, TrainingRun

if TYPE_CHECKING:
    from mltraining.ml.model import ConversionModel
    from mltraining.ml.sentence_encoder import SentenceEncoder

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
UNFINISHED = ".unfinished-"
LEFT_OVER_SECONDS = 24 * 3600


class DamagedArtefact(Refusal):
    """The files of a version are missing, changed, or of a format that this code does not read."""

    code = "damaged_artefact"


@dataclass(frozen=True)
class Artefact:
    name: str  # the folder in the storage
    checksum: str
    format_version: int

    @property
    def columns(self) -> dict[str, str]:
        """What a version keeps of it."""
        return {"artefact": self.name, "checksum": self.checksum, "signature": signed(self.name, self.checksum)}


def signed(name: str, checksum: str) -> str:
    return signature(f"{name} {checksum}")


def store(model: "ConversionModel", run: TrainingRun) -> Artefact:
    """With the graphs of ONNX where they are wanted; without them, and told on the run's page, where they failed."""

    def write(folder: Path) -> None:
        model.save(folder)
        if settings.ENCODER_RUNTIME in ONNX_FILES and (why := why_not_exported(folder, run)):
            log.error("ALERT: the version of %s is scored by torch. %s", run, why)
            told = f"{why} Until `manage.py export_onnx` has done it, the version is scored by torch."
            RunLogLine.objects.create(run=run, stage=TrainingRun.Stage.REGISTER, text=told)

    return stored(write, run)


def why_not_exported(folder: Path, run: TrainingRun) -> str:
    """Adds the graphs of ONNX; empty where that went well. The last attempt leaves them: what killed those before may
    have been the export."""
    if run.attempts >= settings.MAX_ATTEMPTS > 1:
        return "The attempts before were killed, perhaps by the export to ONNX, so the last one leaves it out."
    try:
        add_onnx(folder)
    except EncoderError as error:
        return str(error)
    return ""


def stored(write: Callable[[Path], object], run: TrainingRun) -> Artefact:
    """An artefact of what `write` puts into a folder: written aside and given its name last, so that a crash leaves no
    half artefact."""
    from mltraining.ml.model import FORMAT_VERSION  # noqa: PLC0415  # heavy

    storage = storages["models"]
    name = f"run-{run.pk}-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=place_aside(storage)) as aside:
        folder = Path(aside) / name
        write(folder)
        checksum = write_manifest(folder, FORMAT_VERSION)
        if isinstance(storage, FileSystemStorage):
            folder.rename(storage.path(name))
        else:
            upload(folder, name, storage)
    return Artefact(name, checksum, FORMAT_VERSION)


def add_onnx(folder: Path) -> bool:
    """The graphs of the encoder in a saved model's folder; False: it has no transformer to export. Raises EncoderError
    where the packages are missing or fail."""
    from mltraining.ml.encoder import HASHING, load_encoder  # noqa: PLC0415  # heavy
    from mltraining.ml.model import ENCODER_FOLDER  # noqa: PLC0415  # heavy

    encoder = load_encoder(folder / ENCODER_FOLDER, device="cpu", precision="fp32")
    if encoder.name == HASHING:
        return False
    from mltraining.ml.onnx_encoder import export  # noqa: PLC0415  # optional packages

    export(cast("SentenceEncoder", encoder), folder / ENCODER_FOLDER)
    return True


def place_aside(storage: Storage) -> Path | None:
    """On the same file system as local artefacts, for the rename; None: wherever temporary files lie."""
    if not isinstance(storage, FileSystemStorage):
        return None
    place = Path(storage.location)
    place.mkdir(parents=True, exist_ok=True)
    clear_left_overs(place)
    return place


def clear_left_overs(place: Path) -> None:
    """What killed runs left behind: half-written folders, and whole ones that no version came to name."""
    known, moment = set(ModelVersion.objects.values_list("artefact", flat=True)), clock.earlier().timestamp()
    for folder in [*place.glob(f"{UNFINISHED}*"), *place.glob("run-*")]:
        if folder.name not in known and moment - folder.stat().st_mtime > LEFT_OVER_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def write_manifest(folder: Path, format_version: int) -> str:
    """Lists every file with its hash; returns the hash of the list itself."""
    files = {str(path.relative_to(folder)): file_hash(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    content = json.dumps({"format_version": format_version, "files": files}, indent=1, sort_keys=True).encode()
    (folder / MANIFEST).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def upload(folder: Path, name: str, storage: Storage) -> None:
    """The manifest goes last: without it nothing counts as an artefact."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    for path in [*paths, folder / MANIFEST]:
        with path.open("rb") as file:
            storage.save(f"{name}/{path.relative_to(folder)}", File(file))


def save(
    model: "ConversionModel",
    run: TrainingRun,
    report: Mapping[str, Any],
    *,
    call_ids: list[int] | None = None,
    suspects: Sequence[LabelSuspect] = (),
    **closing: object,
) -> ModelVersion | None:
    """Stores the artefact, then makes the candidate and closes the run in one transaction.

    None: the run was not ours any more, and nothing is left. `suspects` are unsaved; `closing` are further columns of
    the run.
    """
    artefact = store(model, run)
    verdict = report["verdict"]
    with transaction.atomic():
        if not finish(run, TrainingRun.State.SUCCEEDED, stage=TrainingRun.Stage.REGISTER, progress=1.0, **closing):
            discard(artefact)
            return None
        version = ModelVersion.objects.create(
            run=run,
            verdict=verdict["state"],
            verdict_reasons=verdict["reasons"],
            encoder=run.config.get("encoder", ""),
            report=dict(report),
            **artefact.columns,
            format_version=artefact.format_version,
            call_ids=call_ids or [],
        )
        version.doubt(suspects)
        return version


def finish(run: TrainingRun, state: str, **changes: object) -> bool:
    """Closes a run for whoever holds this attempt of it; False: somebody else does."""
    held = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.RUNNING, attempts=run.attempts)
    return bool(held.update(state=state, lease_until=None, finished_at=Now(), **changes))


def discard(artefact: Artefact) -> None:
    storage = storages["models"]
    if isinstance(storage, FileSystemStorage):
        shutil.rmtree(storage.path(artefact.name), ignore_errors=True)
    else:
        storage.delete(f"{artefact.name}/{MANIFEST}")


def load(version: ModelVersion, device: str = "auto") -> "ConversionModel":
    """The version's model, every file verified; raises DamagedArtefact."""
    from mltraining.ml.model import FORMAT_VERSION, ConversionModel, UnreadableModel  # noqa: PLC0415  # heavy

    if version.format_version != FORMAT_VERSION:
        raise damaged(version, f"it has format {version.format_version}, this code reads {FORMAT_VERSION}")
    folder = verified_folder(version)
    try:
        return ConversionModel.load(folder, device=device, runtime=settings.ENCODER_RUNTIME)
    except (UnreadableModel, EncoderError) as error:
        raise damaged(version, str(error)) from error


def damaged(version: ModelVersion, what: str) -> DamagedArtefact:
    hint = "Train and promote a new version, or restore the artefact from a backup."
    return DamagedArtefact(f"The artefact of {version} cannot be used: {what}.", hint=hint)


def files_of(version: ModelVersion, folder: Path) -> dict[str, str]:
    """By name, the hash of each file of a manifest that is the version's own; raises DamagedArtefact."""
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError:
        raise damaged(version, "its manifest is missing") from None
    if hashlib.sha256(content).hexdigest() != version.checksum:
        raise damaged(version, "its manifest was changed")
    if not hmac.compare_digest(version.signature, signed(version.artefact, version.checksum)):
        raise damaged(version, "it is not signed with our key; after a change of keys run `manage.py sign_models`")
    return cast("dict[str, str]", json.loads(content)["files"])


def verify(version: ModelVersion, folder: Path) -> None:
    for name, expected in files_of(version, folder).items():
        path = folder / name
        if not path.is_file():
            raise damaged(version, f"{name} is missing")
        if file_hash(path) != expected:
            raise damaged(version, f"{name} was changed")


def verified_folder(version: ModelVersion) -> Path:
    """Where every file of the version lies as it was written; a copy that was spoilt here is fetched once more."""
    folder = local_folder(version)
    try:
        verify(version, folder)
    except DamagedArtefact:
        if isinstance(storages["models"], FileSystemStorage):
            raise
        fetch_again(version, folder)
    return folder


def fetch_again(version: ModelVersion, folder: Path) -> None:
    """One worker of this machine at a time: what another has just fetched anew is sound, and being read."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            verify(version, folder)
        except DamagedArtefact:
            shutil.rmtree(folder, ignore_errors=True)
            verify(version, local_folder(version))


def sign(version: ModelVersion) -> None:
    """Vouches for the version's files as they lie there, if they are those of its checksum; else DamagedArtefact."""
    version.signature = signed(version.artefact, version.checksum)
    verified_folder(version)
    version.save(update_fields=["signature"])


def local_folder(version: ModelVersion) -> Path:
    """Where the artefact lies on this machine; fetched once from a storage elsewhere."""
    storage = storages["models"]
    if isinstance(storage, FileSystemStorage):
        return Path(storage.path(version.artefact))
    folder = settings.VAR_DIR / "fetched-models" / version.artefact
    if not folder.exists():
        fetch(version, storage, folder)
    return folder


def fetch(version: ModelVersion, storage: Storage, folder: Path) -> None:
    """Copied aside and renamed; the manifest is believed before any name in it becomes a path."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # a second to load, and seldom needed

    folder.parent.mkdir(parents=True, exist_ok=True)
    clear_left_overs(folder.parent)
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=folder.parent) as aside:
        copied = Path(aside) / version.artefact
        copied.mkdir()
        try:
            copy(storage, version.artefact, MANIFEST, copied)
            for name in files_of(version, copied):
                copy(storage, version.artefact, name, copied)
        except (OSError, BotoCoreError, ClientError) as error:
            raise damaged(version, f"it cannot be fetched ({type(error).__name__})") from error
        with suppress(OSError):  # another worker of this machine was faster
            copied.rename(folder)


def copy(storage: Storage, artefact: str, name: str, to: Path) -> None:
    target = to / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with storage.open(f"{artefact}/{name}") as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)


def active() -> ModelVersion | None:
    return ModelVersion.objects.active()


@transaction.atomic
def activate(version: ModelVersion) -> None:
    """Makes this the one version that serves; the one before becomes a candidate again, ready to be gone back to."""
    states = ModelVersion.State
    # No key changes: whoever writes scores of a version, holding what others wait for, may go on to name it.
    versions = ModelVersion.objects.select_for_update(no_key=True)
    list(versions.filter(state=states.ACTIVE) | versions.filter(pk=version.pk))  # locks both, whoever else swaps waits
    ModelVersion.objects.filter(state=states.ACTIVE).exclude(pk=version.pk).update(state=states.CANDIDATE)
    ModelVersion.objects.filter(pk=version.pk).update(state=states.ACTIVE, promoted_at=Now())
    version.refresh_from_db()
