"""A model that scores calls: encoder, projection and head, kept in a folder of arrays and JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from safetensors.numpy import load_file, save_file

from mltraining.ml.classifier import Head
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import Encoded, encode, pooled_all, text_view
from mltraining.ml.encoder import TORCH, Encoder, Pause, load_encoder, no_pause
from mltraining.ml.example import Example
from mltraining.ml.explain import Reason, Trace
from mltraining.ml.projection import Projection
from mltraining.ml.running import RunningCall
from mltraining.ml.windows import Window

FORMAT_VERSION = 3
MODEL_FILE, ARRAY_FILE, ENCODER_FOLDER = "model.json", "head.safetensors", "encoder"
NOT_ENOUGH_EVIDENCE = "not_enough_evidence"


class UnreadableModel(Exception):
    """A folder that holds no model, or one of a format that this version does not read."""


@dataclass(frozen=True)
class Score:
    """`probability` is None where `reason` says why; `curve` holds one value a turn, None before there is enough."""

    probability: float | None
    reason: str
    curve: list[float | None]
    reasons: list[Reason]
    call_vector: np.ndarray  # (VECTOR_DIM,)
    turns_seen: int


@dataclass(frozen=True)
class ConversionModel:
    encoder: Encoder
    projection: Projection
    head: Head
    config: TrainConfig

    def encode(self, examples: Sequence[Example], pause: Pause = no_pause) -> list[Encoded]:
        return encode(self.encoder, examples, self.config, pause=pause)

    def predict_proba(self, examples: Sequence[Example], encoded: Sequence[Encoded] | None = None) -> np.ndarray:
        """(calls,) probabilities, whether or not there is enough evidence."""
        if not examples:
            return np.zeros(0)
        text = None
        if self.head.reads_text:
            text = text_view(pooled_all(self.encode(examples) if encoded is None else encoded), self.projection)
        return self.head.probabilities(self.head.parts(examples, text))

    def score(
        self, examples: Sequence[Example], encoded: Sequence[Encoded] | None = None, pause: Pause = no_pause
    ) -> list[Score]:
        """Probability, reasons and course of each call; from stored vectors where `encoded` brings them."""
        encoded = self.encode(examples, pause) if encoded is None else encoded
        facts = self.head.features.matrix(examples)
        return [self._score(*each, pause) for each in zip(examples, encoded, facts, strict=True)]

    def follow(self, known: Example) -> RunningCall:
        """A call that begins now, of which `known` is known before its first turn."""
        return RunningCall(self, known)

    def call_vectors(self, encoded: Sequence[Encoded]) -> np.ndarray:
        """(calls, VECTOR_DIM) of unit length, for search and similar calls."""
        if not encoded:
            return np.zeros((0, len(self.projection.bias)), dtype=np.float32)
        return np.asarray(self.projection(pooled_all(encoded)), dtype=np.float32)

    def embed_text(self, text: str) -> np.ndarray:
        """(VECTOR_DIM,) comparable with the vectors of windows."""
        return self.encoder.encode([Window(0, 0, "", text)])[0]

    def _score(self, example: Example, encoded: Encoded, facts: np.ndarray, pause: Pause) -> Score:
        pause()
        words = example.words_heard
        enough = self._enough(words)
        trace = Trace(example, encoded, facts, self.projection, self.head, pause)
        along = trace.curve(words)
        told = bool(enough[-1]) if len(enough) else not self._least_words
        probability = float(along[-1] if len(along) else self.predict_proba([example], [encoded])[0])
        return Score(
            probability=probability if told else None,
            reason="" if told else NOT_ENOUGH_EVIDENCE,
            curve=[value if known else None for value, known in zip(along.tolist(), enough.tolist(), strict=True)],
            reasons=trace.reasons() if told else [],
            call_vector=self.call_vectors([encoded])[0],
            turns_seen=len(example.turns),
        )

    @property
    def _least_words(self) -> int:
        """Of a call that has ended; a model of calls without transcripts needs none."""
        return self.config.min_words if self.head.text or self.head.words else 0

    @property
    def least_words_partway(self) -> int:
        """Of a call that still runs: it may go anywhere, so more must have been heard."""
        return max(self._least_words, self.head.stage.least_words if self.head.stage else 0)

    def _enough(self, words: np.ndarray) -> np.ndarray:
        """(turns,) whether enough was said by then: while it ran, and after the last turn when it had ended."""
        return np.append((words >= self.least_words_partway)[:-1], (words >= self._least_words)[-1:])

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.encoder.save(folder / ENCODER_FOLDER)
        arrays = self.head.arrays() | self.projection.arrays()
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / ARRAY_FILE)
        saved = {"format": FORMAT_VERSION, "config": self.config.to_dict(), "head": self.head.to_dict()}
        (folder / MODEL_FILE).write_text(json.dumps(saved, indent=1))

    @classmethod
    def load(cls, folder: Path, device: str = "auto", runtime: str = TORCH) -> Self:
        try:
            saved = json.loads((folder / MODEL_FILE).read_text())
        except (OSError, ValueError) as error:
            raise UnreadableModel(f"{folder.name} holds no model: {error}.") from error
        if saved.get("format") != FORMAT_VERSION:
            raise UnreadableModel(f"{folder.name} is of format {saved.get('format')}, not {FORMAT_VERSION}.")
        arrays = load_file(folder / ARRAY_FILE)
        encoder = load_encoder(folder / ENCODER_FOLDER, device=device, runtime=runtime)
        config = TrainConfig.from_dict(saved["config"])
        return cls(encoder, Projection.from_arrays(arrays), Head.restore(saved["head"], arrays), config)
