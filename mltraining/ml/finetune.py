"""Contrastive fine-tuning: calls of the same outcome draw together, an auxiliary classifier keeps them apart."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from mltraining.ml import checkpoint as checkpoints
from mltraining.ml.augment import augmented, shortened
from mltraining.ml.batches import balanced_batches, hardened, narrowed, pair_batches
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import windows_for
from mltraining.ml.encoder import VECTOR_DIM, Encoder
from mltraining.ml.example import Example, TrainingError
from mltraining.ml.learner import Learner
from mltraining.ml.losses import LOSSES, TEMPERED, classification
from mltraining.ml.planning import steps_for
from mltraining.ml.projection import Projection
from mltraining.ml.scaling import Scale
from mltraining.ml.sentence_encoder import SentenceEncoder
from mltraining.ml.together import Together
from mltraining.ml.windows import Window

BATCHES = {"contrastive": pair_batches}  # other losses: balanced_batches
VALIDATED_PER_CLASS = 64
VALIDATIONS = 10  # of a whole run
SMALLEST_PER_CLASS = 2  # below it there is no like pair

Calls = list[list[Window]]


class FineTuningError(TrainingError):
    """Of the fine-tuning."""


@dataclass(frozen=True)
class Tuned:
    encoder: Encoder
    projection: Projection
    curve: tuple[dict[str, float], ...]  # of each step: step, loss and, where it was asked, validation_loss
    notes: tuple[str, ...] = ()  # for people


def finetune(
    encoder: Encoder,
    examples: Sequence[Example],
    config: TrainConfig,
    *,
    progress: Callable[[float, str], None],
    checkpoint: Path | None = None,
    validation: Sequence[Example] = (),
    scale: Scale | None = None,
) -> Tuned:
    """A tuned copy; `encoder` stays as it is. With `checkpoint`, a folder, a stopped run goes on where it was and
    ends with the same weights; so do all of several processes that run it together. With `validation`, the weights of
    its lowest loss are kept. `scale` is that of the pooled blocks as the encoder now gives them."""
    tune = policy_of(encoder, config)
    if tune == "none":
        return Tuned(encoder, Projection.untrained(encoder.dimension), ())
    calls = [example for example in examples if example.label is not None and example.words]
    labels = np.array([example.label for example in calls], dtype=int)
    if len(np.unique(labels)) < 2:
        raise FineTuningError("Fine-tuning needs calls with words of both outcomes.")
    steps = config.steps or steps_for(len(calls), config)
    fit = prepared(encoder, calls, labels, tune, config, scale)
    resume(fit, checkpoint)
    batches = BATCHES.get(config.loss, balanced_batches)(
        labels, config.batch_per_class, np.random.default_rng(config.seed)
    )
    judged = validation_calls(validation, config)
    state, began, started = fit.state, fit.state.step, time.monotonic()
    for batch in islice(batches, began, steps):  # those of a resumed run are drawn again, to stand where it stood
        set_learning_rates(fit.optimizer, state.step, steps, config)
        loss = learn(fit, batch)
        state.step += 1
        state.curve.append({"step": state.step, "loss": loss})
        if judged is not None and (state.step % max(steps // VALIDATIONS, 1) == 0 or state.step == steps):
            judge(fit, *judged)
        if checkpoint is not None and state.step % config.checkpoint_every == 0:
            keep(fit, checkpoint)
        minutes_left = (time.monotonic() - started) / (state.step - began) * (steps - state.step) / 60
        progress(
            state.step / steps,
            f"step {state.step} of {steps}, loss {loss:.3f}, {minutes_left:.1f} minutes of steps left",
        )
        if config.early_stop_patience and state.waited >= config.early_stop_patience:
            break
    if fit.best:
        fit.learner.restore(fit.best)
    fit.accelerator.free_memory()
    return Tuned(fit.learner.tuned_encoder(), fit.learner.projection(), tuple(state.curve), notes_of(fit))


@dataclass
class Fit:
    """What a step needs and changes."""

    learner: Learner  # to save and restore
    model: torch.nn.Module  # the same, prepared for devices and precision
    optimizer: torch.optim.Optimizer
    accelerator: Accelerator
    config: TrainConfig
    calls: Sequence[Example]
    labels: np.ndarray
    seen: np.ndarray  # (calls, VECTOR_DIM) embeddings as a step last gave them; zeros: not yet
    state: checkpoints.Progress
    fingerprint: str
    best: dict[str, torch.Tensor] = field(default_factory=dict)

    @property
    def together(self) -> Together:
        return Together(self.accelerator)


def policy_of(encoder: Encoder, config: TrainConfig) -> str:
    if isinstance(encoder, SentenceEncoder):
        return "full" if config.tune == "auto" else config.tune
    if config.tune in ("auto", "projection", "adapter", "none"):  # an encoder without weights
        return "none" if config.tune == "none" else "projection"
    raise FineTuningError(f"The encoder {encoder.name!r} has no weights to tune; tune its projection.")


def prepared(  # what to learn from, and how
    encoder: Encoder,
    calls: Sequence[Example],
    labels: np.ndarray,
    tune: str,
    config: TrainConfig,
    scale: Scale | None,
) -> Fit:
    with seeded(config.seed):
        learner = Learner(encoder.copy() if isinstance(encoder, SentenceEncoder) else encoder, tune, scale)
    accelerator = accelerator_for(encoder)
    return Fit(
        learner=learner,
        model=accelerator.prepare_model(learner, evaluation_mode=True),  # not wrapped: see Together
        optimizer=accelerator.prepare_optimizer(torch.optim.AdamW(parameter_groups(learner, config))),
        accelerator=accelerator,
        config=config,
        calls=calls,
        labels=labels,
        seen=np.zeros((len(calls), VECTOR_DIM), dtype=np.float32),
        state=checkpoints.Progress(per_class=config.batch_per_class),
        fingerprint=fingerprint_of(encoder, calls, tune, config),
    )


def accelerator_for(encoder: Encoder) -> Accelerator:
    """On the encoder's device and in its precision."""
    on_cpu = not isinstance(encoder, SentenceEncoder) or encoder.device.type == "cpu"
    half = isinstance(encoder, SentenceEncoder) and encoder.uses_bf16
    # It remembers an earlier run's choices and would insist on them; processes that were launched together stay so.
    AcceleratorState._reset_state(reset_partial_state=int(os.environ.get("WORLD_SIZE", "1")) == 1)
    return Accelerator(cpu=on_cpu, mixed_precision="bf16" if half else "no")


def parameter_groups(learner: Learner, config: TrainConfig) -> list[dict[str, Any]]:
    """What was pretrained learns slowly, what is new learns fast; biases and norms do not decay."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, weight in learner.trainable().items():
        rate = config.learning_rate if name.startswith("sentence_model.") else config.projection_learning_rate
        groups.setdefault((rate, config.weight_decay if weight.ndim > 1 else 0.0), []).append(weight)
    return [
        {"params": weights, "lr": rate, "full_rate": rate, "weight_decay": decay}
        for (rate, decay), weights in groups.items()
    ]


def set_learning_rates(optimizer: torch.optim.Optimizer, step: int, steps: int, config: TrainConfig) -> None:
    """Linear warm-up, linear decay; `step` are done."""
    warmup = max(round(config.warmup_share * steps), 1)
    factor = min((step + 1) / warmup, (steps - step) / max(steps - warmup, 1))
    for group in optimizer.param_groups:
        group["lr"] = group["full_rate"] * factor


def learn(fit: Fit, batch: np.ndarray) -> float:
    """One step; a batch that does not fit into memory is halved, for the rest of the run."""
    while True:
        chosen = narrowed(batch, fit.labels, fit.state.per_class)
        if fit.config.hard_negative_share:
            chosen = hardened(chosen, fit.labels, fit.seen, fit.config.hard_negative_share)
        try:
            return stepped(fit, chosen)
        except torch.OutOfMemoryError as error:
            if fit.state.per_class // 2 < SMALLEST_PER_CLASS:
                raise too_large(fit) from error
            fit.state.per_class //= 2
            fit.optimizer.zero_grad()
            torch.cuda.empty_cache()


def too_large(fit: Fit) -> FineTuningError:
    return FineTuningError(
        f"Memory of {fit.accelerator.device} ran out even over {fit.state.per_class} calls of each outcome at once, of "
        f"which a step reads up to {fit.config.tuned_tokens} tokens each. Set tuned_tokens or passage_tokens "
        f"({fit.config.passage_tokens}) lower, a smaller encoder, or device to cpu."
    )


def stepped(fit: Fit, batch: np.ndarray) -> float:
    config, step, together = fit.config, fit.state.step, fit.together
    generator = np.random.default_rng([config.seed, step])
    calls = [read(augmented(fit.calls[row], config, generator), config, generator) for row in batch]
    fit.model.train()
    with seeded(config.seed, step, fit.accelerator.process_index):  # dropout
        own = together.tried(lambda: fit.model(together.share(calls)))
        embeddings, logits = (together.whole(part, len(calls)) for part in own)
        loss = loss_of(embeddings, logits, fit.labels[batch], config)
        fit.optimizer.zero_grad()
        together.tried(lambda: fit.accelerator.backward(loss))
    together.add_up_gradients(fit.learner)
    fit.accelerator.clip_grad_norm_(fit.model.parameters(), config.clip_norm)
    fit.optimizer.step()
    fit.seen[batch] = embeddings.detach().cpu().numpy()
    return float(loss.detach())


def read(call: Example, config: TrainConfig, generator: np.random.Generator) -> list[Window]:
    return shortened(windows_for(call, config), config.tuned_tokens, generator)


def loss_of(embeddings: torch.Tensor, logits: torch.Tensor, labels: np.ndarray, config: TrainConfig) -> torch.Tensor:
    truth = torch.from_numpy(labels).to(embeddings.device)
    options = {"temperature": config.temperature} if config.loss in TEMPERED else {}
    loss = LOSSES[config.loss](embeddings, truth, **options)
    return loss + config.classification_weight * classification(logits, truth)


def validation_calls(examples: Sequence[Example], config: TrainConfig) -> tuple[Calls, np.ndarray] | None:
    """As many of each class, so that its loss is one a training batch could have; None without both classes."""
    generator = np.random.default_rng(config.seed)
    usable = [example for example in examples if example.label is not None and example.words]
    labels = np.array([example.label for example in usable], dtype=int)
    per_class = min(VALIDATED_PER_CLASS, *np.bincount(labels, minlength=2))
    if not per_class:
        return None
    chosen = next(balanced_batches(labels, int(per_class), generator))
    return [read(usable[row], config, generator) for row in chosen], labels[chosen]


@torch.no_grad()
def judge(fit: Fit, calls: Calls, labels: np.ndarray) -> None:
    """Notes the loss on calls that are not learned from, and keeps the weights when it was never lower."""
    fit.model.eval()
    embeddings, logits = (fit.together.whole(own, len(calls)) for own in judged(fit, fit.together.share(calls)))
    loss = fit.together.agreed(loss_of(embeddings, logits, labels, fit.config))
    fit.state.curve[-1]["validation_loss"] = loss
    fit.state.waited += 1
    if loss < fit.state.best_loss:
        fit.state.best_loss, fit.state.waited = loss, 0
        fit.best = fit.learner.weights()


def judged(fit: Fit, calls: Calls) -> list[torch.Tensor]:
    """Embeddings and logits, of fewer calls at once where memory runs out."""
    at_once = 16
    while True:
        some = [calls[start : start + at_once] for start in range(0, len(calls), at_once)]
        try:
            parts: list[Sequence[torch.Tensor]] = fit.together.tried(partial(list, map(fit.model, some)))
        except torch.OutOfMemoryError:
            if at_once == 1:
                raise
            at_once //= 2
        else:
            return [torch.cat(part) for part in zip(*parts, strict=True)]
        torch.cuda.empty_cache()  # only here has the error let go of what it was at


def keep(fit: Fit, folder: Path) -> None:
    if fit.accelerator.is_main_process:
        weights, optimizer = fit.learner.weights(), fit.optimizer.state_dict()
        checkpoints.save(folder, fit.fingerprint, fit.state, weights, fit.best, optimizer, fit.seen)


def resume(fit: Fit, folder: Path | None) -> None:
    found = checkpoints.load(folder, fit.fingerprint) if folder is not None else None
    if found is not None:
        fit.learner.restore(found.weights)
        fit.optimizer.load_state_dict(found.optimizer)
        fit.state, fit.best, fit.seen = found.progress, found.best, found.seen
    if not fit.together.is_same((fit.fingerprint, fit.state.step)):
        raise FineTuningError(
            "The processes of this fine-tuning do not do the same work: give all of them the same calls, configuration "
            "and checkpoint folder."
        )


def fingerprint_of(encoder: Encoder, calls: Sequence[Example], tune: str, config: TrainConfig) -> str:
    """Of everything that decides the weights a run ends with."""
    digest = hashlib.sha256(json.dumps([encoder.name, tune, config.to_dict()], sort_keys=True).encode())
    for call in calls:
        turns = [(turn.role, turn.text) for turn in call.turns]
        digest.update(json.dumps([call.id, call.label, turns]).encode())
    return digest.hexdigest()


def notes_of(fit: Fit) -> tuple[str, ...]:
    if fit.state.per_class == fit.config.batch_per_class:
        return ()
    return (f"Memory ran out: batches were made smaller, to {fit.state.per_class} calls of each outcome.",)


@contextmanager
def seeded(*numbers: int) -> Iterator[None]:
    """Torch's random numbers by these, and afterwards as if nothing had been drawn."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(int(np.random.SeedSequence(numbers).generate_state(1)[0]))
        yield
