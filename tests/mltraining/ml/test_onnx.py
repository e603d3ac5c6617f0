"""The exported encoder beside the one that runs by torch."""

from pathlib import Path

import numpy as np
import pytest

from mltraining.ml.config import TrainConfig
from mltraining.ml.encoder import ONNX, ONNX_FILES, ONNX_INT8, EncoderError, load_encoder
from mltraining.ml.example import Turn
from mltraining.ml.windows import windows_of
from tests.mltraining.ml.conversations import conversations

TURNS = [Turn("rep", "hello, we offer a deal"), Turn("customer", "great price"), Turn("rep", "thanks " * 30)] * 4
WINDOWS = windows_of(TURNS, passage_tokens=48, context_tokens=16)


@pytest.fixture(scope="module")
def saved(tiny_bert, tmp_path_factory) -> Path:
    from mltraining.ml.layers import Adapter
    from mltraining.ml.onnx_encoder import export
    from mltraining.ml.sentence_encoder import SentenceEncoder

    encoder = SentenceEncoder(tiny_bert, device="cpu", precision="fp32")
    encoder.adapter = Adapter()
    folder = tmp_path_factory.mktemp("saved")
    encoder.save(folder)
    export(encoder, folder)
    return folder


def vectors(folder: Path, runtime: str, windows=WINDOWS) -> np.ndarray:
    return load_encoder(folder, device="cpu", runtime=runtime).encode(windows)


def test_float_vectors_are_those_of_torch_mask_pooling_and_adapter_included(saved):
    np.testing.assert_allclose(vectors(saved, ONNX), vectors(saved, "torch"), atol=1e-4)


def test_eight_bits_give_nearly_the_same_direction(saved):
    alike = (vectors(saved, ONNX_INT8) * vectors(saved, "torch")).sum(axis=1)
    assert alike.min() > 0.98


@pytest.mark.parametrize("runtime", ONNX_FILES)
def test_a_window_sees_only_what_came_before_it(saved, runtime):
    whole, begun = vectors(saved, runtime), vectors(saved, runtime, WINDOWS[:2])
    np.testing.assert_allclose(whole[:2], begun, atol=0.02 if runtime == ONNX_INT8 else 1e-4)


def test_one_word_alone_is_read_too(saved):
    word = windows_of([Turn("", "deal")])
    np.testing.assert_allclose(vectors(saved, ONNX, word), vectors(saved, "torch", word), atol=1e-4)


def test_nothing_is_left_aside(saved):
    assert {path.name for path in saved.glob("*.onnx")} == set(ONNX_FILES.values())
    assert not list(saved.glob(".onnx-*"))


def test_without_an_export_torch_reads(saved, tmp_path):
    load_encoder(saved, device="cpu").save(tmp_path)
    assert type(load_encoder(tmp_path, device="cpu", runtime=ONNX)).__name__ == "SentenceEncoder"


def test_an_exported_encoder_is_for_scoring_only(saved, tmp_path):
    from mltraining.ml.finetune import finetune

    encoder = load_encoder(saved, device="cpu", runtime=ONNX)
    with pytest.raises(EncoderError, match="load it with torch"):
        encoder.save(tmp_path)
    with pytest.raises(EncoderError, match="load it with torch"):
        finetune(encoder, conversations(8), TrainConfig(tune="full", steps=1), progress=lambda share, line: None)
