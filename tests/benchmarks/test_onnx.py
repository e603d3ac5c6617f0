"""The exported encoder in eight bits beside the one in float32: how fast, and what it costs in ranking.

`BENCHMARK_CONVERSATIONS=FILE` ranks the conversations of a file that evaluate_model reads, not simulated calls.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mltraining.measuring import Question, take
from mltraining.ml.classifier import TEXT, fit_head
from mltraining.ml.embedding import encode, pooled_all, text_view, windows_for
from mltraining.ml.encoder import ONNX, ONNX_INT8, TORCH, encoder_for, load_encoder
from mltraining.ml.metrics import auc
from mltraining.ml.model import ConversionModel
from mltraining.ml.projection import Projection
from mltraining.ml.split import grouped_folds, groups_of
from tests.benchmarks.conftest import counting, example_of
from tests.benchmarks.timing import by_turns, ratio, seconds

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def runtimes(tmp_path_factory, model) -> dict:
    onnx_encoder = pytest.importorskip("mltraining.ml.onnx_encoder")
    pytest.importorskip("onnxruntime")
    folder = tmp_path_factory.mktemp("exported")
    encoder = encoder_for(model.config.encoder)
    encoder.save(folder)
    onnx_encoder.export(encoder, folder)
    return {name: load_encoder(folder, device="cpu", runtime=name) for name in (TORCH, ONNX, ONNX_INT8)}


@pytest.fixture
def calls(rows, sized) -> list:
    file = os.environ.get("BENCHMARK_CONVERSATIONS")
    if file:
        return take(Question(Path(file), "grouped-kfold", metadata="none")).examples
    return [example_of(row) for row in rows[: sized(len(rows))]]


def test_eight_bits_read_faster_than_float32(table, runtimes, calls, model):
    windows = [each for call in calls[:8] for each in windows_for(call, model.config)]
    works = [lambda e=encoder: seconds(lambda: e.encode(windows)) for encoder in runtimes.values()]
    torch, whole, small = by_turns(*works, rounds=7)
    gain, over_torch = ratio(whole, small), ratio(torch, small)
    note = f"{gain}; {len(windows)} windows"
    table.add("Eight bits beside float32, by ONNX", gain.median, "×", at_least=1.7, note=note)
    table.add("Eight bits beside torch as it chooses", over_torch.median, "×", note=str(over_torch))


def test_eight_bits_rank_as_float32_does(table, runtimes, calls, model):
    labels, groups = np.array([call.label for call in calls]), groups_of(calls)
    fold = grouped_folds(labels, groups, 2, 0)[0]
    learned, tested = ([calls[row] for row in part] for part in (fold.train, fold.test))
    projection = Projection.untrained()
    text = text_view(pooled_all(encode(runtimes[ONNX], learned, model.config)), projection)
    fitted = fit_head(learned, text, groups[fold.train], model.config).head
    head = replace(fitted, calibration=counting((TEXT,)))
    said = {
        name: ConversionModel(runtimes[name], projection, head, model.config).predict_proba(tested)
        for name in (ONNX, ONNX_INT8)
    }
    whole, small = (auc(labels[fold.test], said[name]) for name in (ONNX, ONNX_INT8))
    note = f"{whole:.4f} → {small:.4f}, text alone, {len(tested)} calls, learned from {len(learned)} read in float32"
    table.add("AUC that eight bits cost", whole - small, "", at_most=0.003, note=note)
