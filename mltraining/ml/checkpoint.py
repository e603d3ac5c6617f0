"""Where a fine-tuning stands, on disk: weights as safetensors, the rest as plain values; loading executes no code."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from mltraining.ml.file_hash import file_hash

WEIGHTS, BEST, OPTIMIZER, SEEN, STATE = (
    "weights.safetensors",
    "best.safetensors",
    "optimizer.pt",
    "seen.npy",
    "state.json",
)


@dataclass
class Progress:
    """What the loop carries from step to step besides weights and optimizer."""

    per_class: int
    step: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    best_loss: float = float("inf")
    waited: int = 0  # validations since the best one


def save(
    folder: Path,
    fingerprint: str,
    progress: Progress,
    weights: dict[str, torch.Tensor],
    best: dict[str, torch.Tensor],
    optimizer: dict[str, Any],
    seen: np.ndarray,
) -> None:
    """Written aside, then renamed: what lies there under a number is whole."""
    part = folder / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    save_file(weights, part / WEIGHTS)
    save_file(best, part / BEST)
    torch.save(optimizer, part / OPTIMIZER)
    np.save(part / SEEN, seen, allow_pickle=False)
    state = {"fingerprint": fingerprint, "progress": vars(progress), "hashes": hashes(part)}
    (part / STATE).write_text(json.dumps(state))
    older = finished(folder)
    whole = folder / f"{progress.step:06}"
    shutil.rmtree(whole, ignore_errors=True)
    part.rename(whole)
    for one in older:
        if one != whole:
            shutil.rmtree(one)


@dataclass(frozen=True)
class Checkpoint:
    progress: Progress
    weights: dict[str, torch.Tensor]
    best: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    seen: np.ndarray


def load(folder: Path, fingerprint: str) -> Checkpoint | None:
    """The newest one of the same calls and configuration; None if there is none that can be read."""
    for whole in reversed(finished(folder)):
        try:
            state = json.loads((whole / STATE).read_text())
            if state["fingerprint"] != fingerprint or state["hashes"] != hashes(whole):
                continue  # others' calls, or damaged
            return Checkpoint(
                Progress(**state["progress"]),
                load_file(whole / WEIGHTS),
                load_file(whole / BEST),
                torch.load(whole / OPTIMIZER, weights_only=True, map_location="cpu"),
                np.load(whole / SEEN, allow_pickle=False),
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a file is missing, or what tells of the others is damaged: an older one, or from the start
    return None


def hashes(whole: Path) -> dict[str, str]:
    """Of each file that a loader would choke on in a way of its own if it were damaged."""
    return {name: file_hash(whole / name) for name in (WEIGHTS, BEST, OPTIMIZER, SEEN)}


def finished(folder: Path) -> list[Path]:
    return sorted(one for one in folder.glob("[0-9]*") if one.is_dir()) if folder.is_dir() else []
