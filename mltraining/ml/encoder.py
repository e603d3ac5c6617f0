"""What turns windows into vectors: the protocol, and the way to an encoder by name or from a saved folder."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mltraining.ml.windows import Window

VECTOR_DIM = 384  # of every vector that is stored or compared
HASHING = "hashing"
KIND_FILE = "encoder.json"
TORCH, ONNX, ONNX_INT8 = RUNTIMES = ("torch", "onnx", "onnx-int8")  # what a saved encoder runs by
ONNX_FILES = {ONNX: "transformer.onnx", ONNX_INT8: "transformer-int8.onnx"}  # beside it, where it was exported
HUB_NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)


Pause = Callable[[], None]  # called between two parts of a long work, for what must not wait until its end


def no_pause() -> None:
    """Of work that nobody interrupts."""


class EncoderError(Exception):
    """An encoder that cannot be found or read; the message says which and what would do."""


class Encoder(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, windows: Sequence[Window], pause: Pause = no_pause) -> np.ndarray:
        """(windows, dimension) float32 of unit length, each row depending on its own window only."""

    def save(self, folder: Path) -> None:
        """Writes a folder that `load_encoder` reads."""


class Follower(Protocol):
    """Reads the windows of one conversation as they are said."""

    def read(self, windows: Sequence[Window]) -> np.ndarray:
        """(windows, dimension) as `encode` gives; these windows come right after those that were read before."""


class Rereading:
    """Of an encoder that keeps nothing: what a window sees of its passage is read again with it."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def read(self, windows: Sequence[Window]) -> np.ndarray:
        return self.encoder.encode(windows)


def follower_of(encoder: Encoder) -> Follower:
    """Of a transformer that can keep what its layers made of a passage, one that does."""
    if hasattr(encoder, "transformer"):
        from mltraining.ml.keeping import KeepingFollower, keeps  # noqa: PLC0415  # loads torch, ten seconds

        transformer: Any = encoder
        if keeps(transformer):
            return KeepingFollower(transformer)
    return Rereading(encoder)


def encoder_for(name: str, **options: Any) -> Encoder:
    """The encoder of that name or folder; options are those of SentenceEncoder."""
    if name == HASHING:
        from mltraining.ml.hashing_encoder import HashingEncoder  # noqa: PLC0415  # without torch

        return HashingEncoder()
    from mltraining.ml.sentence_encoder import SentenceEncoder  # noqa: PLC0415  # loads torch, ten seconds

    return SentenceEncoder(name, **options)


def may_be_found(name: str) -> bool:
    """Only looks: loading would take seconds and torch. A model of the hub's name may lie in the local cache."""
    try:
        if name and Path(name).expanduser().is_dir():
            return True
    except (OSError, RuntimeError):  # longer than a path can be; the home of nobody
        return False
    return not name.startswith((".", "/", "~")) and HUB_NAME.fullmatch(name) is not None


def load_encoder(folder: Path, *, device: str = "auto", precision: str | None = None, runtime: str = TORCH) -> Encoder:
    """The encoder that `save` wrote. Precision is the saved one unless told otherwise. ONNX is for a CPU, and for where
    an export lies beside the encoder; torch is taken elsewhere."""
    try:
        saved = json.loads((folder / KIND_FILE).read_text())
    except (OSError, ValueError) as error:
        raise EncoderError(f"{folder.name} holds no saved encoder: {error}.") from error
    if saved["kind"] == HASHING:
        from mltraining.ml.hashing_encoder import HashingEncoder  # noqa: PLC0415  # without torch

        return HashingEncoder(saved["dimension"])
    from mltraining.ml.sentence_encoder import SentenceEncoder, device_for  # noqa: PLC0415  # loads torch, ten seconds

    if is_exported(folder, runtime) and device_for(device).type == "cpu":
        from mltraining.ml.onnx_encoder import OnnxEncoder  # noqa: PLC0415  # optional packages

        return OnnxEncoder.opened(folder, saved, runtime)
    return SentenceEncoder.load(folder, saved, device=device, precision=precision)


def is_exported(folder: Path, runtime: str) -> bool:
    return runtime in ONNX_FILES and (folder / ONNX_FILES[runtime]).is_file()


def similar_length_batches(lengths: Sequence[int], token_budget: int) -> list[np.ndarray]:
    """Indices of similar length together, so that no batch padded to its longest exceeds the budget but by one row."""
    order = np.argsort(lengths, kind="stable")
    batches: list[np.ndarray] = []
    start = 0
    for position, index in enumerate(order):
        if position > start and lengths[index] * (position - start + 1) > token_budget:
            batches.append(order[start:position])
            start = position
    if start < len(order):
        batches.append(order[start:])
    return batches


def same_length_batches(lengths: Sequence[int], token_budget: int) -> list[np.ndarray]:
    """Indices of the same length together: nothing is padded, so on a CPU a text has bit for bit the same vector in
    any company, also in half precision."""
    order = np.argsort(lengths, kind="stable")
    if len(order) == 0:
        return []
    batches = []
    for same in np.split(order, np.flatnonzero(np.diff(np.asarray(lengths)[order])) + 1):
        rows = max(1, token_budget // max(lengths[same[0]], 1))
        batches += [same[start : start + rows] for start in range(0, len(same), rows)]
    return batches
