"""Fine-tuning on tiny real models: it learns, it can be stopped, it says what it does."""

import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch

from mltraining.ml.config import TrainConfig
from mltraining.ml.encoder import encoder_for, load_encoder
from mltraining.ml.example import Example, Turn
from mltraining.ml.finetune import FineTuningError, finetune
from mltraining.ml.losses import LOSSES
from mltraining.ml.pooling import pooled
from mltraining.ml.sentence_encoder import SentenceEncoder
from mltraining.ml.windows import windows_of

CONFIG = replace(
    TrainConfig(), tune="full", steps=12, batch_per_class=4, learning_rate=2e-3, precision="fp32", checkpoint_every=3
)


def call(number: int) -> Example:
    """Won calls end with "great deal", lost ones with "no budget"."""
    won = number % 2
    end = "great deal yes thanks" if won else "no budget expensive"
    turns = (Turn("rep", f"hello we offer {number}"), Turn("customer", "price"), Turn("customer", end))
    return Example(f"call {number}", turns, label=won)


CALLS = [call(number) for number in range(24)]
UNSEEN = [call(number) for number in range(100, 112)]


def tiny(folder) -> SentenceEncoder:
    return encoder_for(str(folder), device="cpu", precision="fp32")


def silent(share: float, line: str) -> None:
    """Nobody listens."""


def tune(folder, *, progress=silent, calls=CALLS, **changes):
    changed = {key: changes.pop(key) for key in ("checkpoint", "validation") if key in changes}
    return finetune(tiny(folder), calls, replace(CONFIG, **changes), progress=progress, **changed)


def vectors(encoder, projection, calls=UNSEEN):
    found = [windows_of(one.turns) for one in calls]
    return np.stack([projection(pooled(encoder.encode(windows), windows)) for windows in found])


def separation(tuned) -> float:
    """Mean nearness of calls with the same outcome less that of calls with different ones."""
    found = vectors(tuned.encoder, tuned.projection)
    labels = np.array([one.label for one in UNSEEN])
    alike = labels[:, None] == labels
    return float((found @ found.T)[alike].mean() - (found @ found.T)[~alike].mean())


def test_any_kind_of_folder_learns_to_tell_outcomes_apart(tiny_folder):
    assert separation(tune(tiny_folder)) > separation(tune(tiny_folder, tune="none")) + 0.2


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_learns(tiny_bert, loss):
    assert separation(tune(tiny_bert, loss=loss)) > separation(tune(tiny_bert, tune="none")) + 0.2


@pytest.mark.parametrize("policy", ["projection", "adapter", "lora", "top-1"])
def test_every_policy_learns_and_can_be_saved(tiny_bert, policy, tmp_path):
    tuned = tune(tiny_bert, tune=policy, steps=30, projection_learning_rate=1e-2)
    tuned.encoder.save(tmp_path)

    assert separation(tuned) > separation(tune(tiny_bert, tune="none")) + 0.1
    again = vectors(load_encoder(tmp_path, device="cpu"), tuned.projection)
    np.testing.assert_allclose(again, vectors(tuned.encoder, tuned.projection), atol=1e-5)


def test_the_encoder_that_was_given_stays_as_it_is(tiny_bert):
    encoder = tiny(tiny_bert)
    windows = windows_of(CALLS[0].turns)
    before = encoder.encode(windows)

    finetune(encoder, CALLS, CONFIG, progress=silent)

    np.testing.assert_array_equal(encoder.encode(windows), before)


def test_the_seed_decides_and_global_randomness_is_left_alone(tiny_bert):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)

    once, again, other = (tune(tiny_bert, steps=3, seed=seed).projection.weight for seed in (1, 1, 2))

    np.testing.assert_array_equal(once, again)
    assert np.abs(once - other).max() > 1e-5
    assert torch.rand(1) == expected


class StoppedError(Exception):
    """The run is killed here."""


@pytest.mark.parametrize("hard_negatives", [0.0, 0.5])
def test_a_stopped_run_goes_on_and_ends_the_same(tiny_bert, tmp_path, hard_negatives):
    def stop(share: float, line: str) -> None:
        if share > 0.6:
            raise StoppedError

    options = {"validation": UNSEEN, "hard_negative_share": hard_negatives, "turn_dropout": 0.2}
    whole = tune(tiny_bert, **options)
    with pytest.raises(StoppedError):
        tune(tiny_bert, checkpoint=tmp_path, progress=stop, **options)
    steps = []
    resumed = tune(tiny_bert, checkpoint=tmp_path, progress=lambda share, line: steps.append(share), **options)

    assert len(steps) == 6
    np.testing.assert_allclose(resumed.projection.weight, whole.projection.weight, atol=1e-6)
    assert [point["step"] for point in resumed.curve] == list(range(1, 13))


def test_a_checkpoint_of_other_calls_or_settings_is_not_used(tiny_bert, tmp_path):
    tune(tiny_bert, checkpoint=tmp_path, steps=3)
    for changes in ({"seed": 9}, {"calls": CALLS[:-2]}):
        steps = []
        tune(
            tiny_bert,
            checkpoint=tmp_path,
            steps=3,
            progress=lambda share, line, steps=steps: steps.append(share),
            **changes,
        )
        assert len(steps) == 3


@pytest.mark.parametrize("name", ["weights.safetensors", "best.safetensors", "optimizer.pt", "seen.npy", "state.json"])
@pytest.mark.parametrize("damage", [lambda held: b"broken", lambda held: b"", lambda held: held[: len(held) // 2]])
def test_a_damaged_checkpoint_means_from_the_start(tiny_bert, tmp_path, name, damage):
    tune(tiny_bert, checkpoint=tmp_path, steps=3)
    damaged = next(tmp_path.glob(f"*/{name}"))
    damaged.write_bytes(damage(damaged.read_bytes()))
    steps = []

    tune(tiny_bert, checkpoint=tmp_path, steps=3, progress=lambda share, line: steps.append(share))

    assert len(steps) == 3


def test_it_stops_early_and_keeps_the_best_weights(tiny_bert):
    wrong = [replace(one, label=1 - one.label) for one in UNSEEN]

    tuned = tune(tiny_bert, steps=40, validation=wrong, early_stop_patience=2)

    losses = [point["validation_loss"] for point in tuned.curve if "validation_loss" in point]
    assert len(tuned.curve) < 40
    assert len(losses) == int(np.argmin(losses)) + 3


def test_progress_tells_step_loss_and_time_left(tiny_bert):
    lines = []
    tune(tiny_bert, steps=2, progress=lambda share, line: lines.append((share, line)))

    assert [share for share, _ in lines] == [0.5, 1.0]
    assert lines[0][1].startswith("step 1 of 2, loss ")
    assert lines[1][1].endswith("0.0 minutes of steps left")


def test_memory_that_runs_out_while_it_judges_changes_no_loss(tiny_bert, monkeypatch):
    whole = tune(tiny_bert, validation=UNSEEN)
    forward, held = SentenceEncoder.forward, [lambda: None]

    def small_memory(self, passes):
        assert held[-1]() is None  # what the last error was at is let go before the next attempt
        if not torch.is_grad_enabled() and len(passes) > 3:
            at = torch.ones(1)
            held.append(weakref.ref(at))
            raise torch.OutOfMemoryError
        return forward(self, passes)

    monkeypatch.setattr(SentenceEncoder, "forward", small_memory)
    halved = tune(tiny_bert, validation=UNSEEN)
    assert len(held) > 2
    losses = [[point.get("validation_loss") for point in tuned.curve] for tuned in (whole, halved)]
    assert losses[1] == [pytest.approx(loss) for loss in losses[0]]


def test_running_out_of_memory_halves_the_batch(tiny_bert, monkeypatch):
    forward = SentenceEncoder.forward

    def small_memory(self, passes):
        if len(passes) > 5:  # as many as calls, which are short
            raise torch.OutOfMemoryError
        return forward(self, passes)

    monkeypatch.setattr(SentenceEncoder, "forward", small_memory)
    tuned = tune(tiny_bert, steps=2)

    assert "2 calls of each outcome" in tuned.notes[0]
    assert len(tuned.curve) == 2


def test_memory_that_is_not_enough_for_the_smallest_batch_is_an_error_that_says_what_to_do(tiny_bert, monkeypatch):
    def no_memory(self, passes):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(SentenceEncoder, "forward", no_memory)
    with pytest.raises(FineTuningError, match=r"Memory of cpu ran out even over 2 calls of each outcome .* Set tuned_"):
        tune(tiny_bert, steps=2)


def test_an_encoder_without_weights_tunes_its_projection():
    tuned = finetune(encoder_for("hashing"), CALLS, replace(CONFIG, tune="auto", steps=40), progress=silent)

    assert separation(tuned) > 0.3


def test_calls_of_one_outcome_are_refused(tiny_bert):
    with pytest.raises(FineTuningError, match="both outcomes"):
        tune(tiny_bert, calls=[one for one in CALLS if one.label])


def test_half_precision_learns_too(tiny_bert):
    encoder = encoder_for(str(tiny_bert), device="cpu", precision="bf16")

    assert separation(finetune(encoder, CALLS, CONFIG, progress=silent)) > 0.2


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_learns_in_the_precision_that_it_computes_natively(tiny_bert):
    encoder = encoder_for(str(tiny_bert))
    tuned = finetune(encoder, CALLS, CONFIG, progress=silent)

    assert (encoder.device.type, encoder.uses_bf16) == ("cuda", torch.cuda.is_bf16_supported(False))
    assert separation(tuned) > 0.2


def test_a_very_long_call_is_learned_from_within_bounds(tiny_bert):
    long = [replace(one, turns=one.turns[:2] * 400 + one.turns[2:]) for one in CALLS]

    assert separation(tune(tiny_bert, calls=long, steps=6, tuned_tokens=40)) > 0.05
