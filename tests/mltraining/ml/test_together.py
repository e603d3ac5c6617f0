"""Several processes that fine-tune together end as one process does alone: launched for real, on loopback."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from django.core.management import call_command

from mltraining.ml.together import Together
from tests.launching import launch
from tests.mltraining.ml import launched
from tests.mltraining.test_evaluate_model import told, written

PROCESSES = 2
STEPS = 6


def one_of_three(index: int, made_by_all: torch.Tensor | None = None) -> Together:
    return Together(SimpleNamespace(num_processes=3, process_index=index, gather=lambda own: made_by_all))


@pytest.mark.parametrize("size", [1, 2, 7, 9])
def test_a_batch_is_shared_evenly_and_comes_back_in_its_order(size):
    shares = [one_of_three(index).share(range(size)) for index in range(3)]

    assert {len(share) for share in shares} == {-(-size // 3)}
    made = torch.tensor(shares, dtype=torch.float32)
    for index in range(3):
        own = made[index].clone().requires_grad_()
        whole = one_of_three(index, made).whole(own, size)
        whole.sum().backward()

        assert whole.tolist() == list(range(size))
        assert own.grad.sum() == len(range(index, size, 3))  # nothing for a call that only fills up


def test_a_process_parts_from_the_others_before_python_ends():
    ends = """
import atexit, torch.distributed as processes
atexit.register(lambda: print(processes.is_initialized()))
import mltraining.ml.together
processes.init_process_group("gloo", init_method="tcp://127.0.0.1:0", rank=0, world_size=1)
"""
    ended = subprocess.run([sys.executable, "-c", ends], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


@pytest.fixture(scope="module")
def without_dropout(tiny_bert, tmp_path_factory) -> Path:
    """Each process would drop other numbers than one alone."""
    folder = tmp_path_factory.mktemp("undropped") / "bert"
    shutil.copytree(tiny_bert, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_dropout_prob": 0.0}))
    return folder


@pytest.fixture(scope="module")
def alone(without_dropout, tmp_path_factory) -> Path:
    return fine_tuned(1, without_dropout, tmp_path_factory.mktemp("alone"))


@pytest.fixture(scope="module")
def together(without_dropout, tmp_path_factory) -> Path:
    return fine_tuned(PROCESSES, without_dropout, tmp_path_factory.mktemp("together"))


def fine_tuned(processes: int, encoder: Path, out: Path, device: str = "cpu") -> Path:
    command = ("-m", "tests.mltraining.ml.launched", str(encoder), str(out), device)
    launch(processes, *command, on_cpu=device == "cpu")
    return out


def found(folder: Path, way: str, process: int = 0):
    return np.load(folder / f"{way}-{process}.npz")


@pytest.mark.parametrize("way", [*launched.WAYS, "memory"])
def test_every_process_ends_with_the_weights_of_one_alone(alone, together, way):
    one = found(alone, way)
    for process in range(PROCESSES):
        mine = found(together, way, process)
        for what in ("projection", "words", "layers", "loss", "validation"):
            np.testing.assert_allclose(mine[what], one[what], atol=1e-4, err_msg=f"{what} of process {process}")


def test_weights_are_the_same_to_the_last_bit_in_all_processes(together):
    first, second = (found(together, "supcon", process) for process in range(PROCESSES))
    for what in ("projection", "words", "layers", "loss"):
        np.testing.assert_array_equal(first[what], second[what])


def test_each_process_reads_its_share_of_a_batch(alone, together):
    assert found(alone, "supcon")["calls"].tolist() == [8] * STEPS
    for process in range(PROCESSES):
        assert found(together, "supcon", process)["calls"].tolist() == [4] * STEPS


def test_one_process_writes_the_checkpoints_and_all_go_on_from_them(together):
    assert [int(found(together, "supcon", process)["saved"]) for process in range(PROCESSES)] == [2, 0]
    for process in range(PROCESSES):
        again = found(together, "supcon again", process)
        assert again["calls"].size == 0
        np.testing.assert_array_equal(again["projection"], found(together, "supcon")["projection"])


def test_all_stop_early_together(alone, together):
    steps = {found(together, "stopped", process)["loss"].size for process in range(PROCESSES)}
    assert steps == {found(alone, "stopped")["loss"].size}
    assert max(steps) < 40


def test_memory_that_runs_out_in_one_process_halves_the_batch_of_all(together):
    for process in range(PROCESSES):
        tuned = found(together, "memory", process)
        assert "2 calls of each outcome" in str(tuned["notes"])
        assert tuned["loss"].size == STEPS


def test_processes_with_different_calls_are_refused(together):
    for process in range(PROCESSES):
        assert "the same calls" in (together / f"refused-{process}").read_text()


@pytest.mark.gpu
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs")
def test_two_gpus_end_with_the_weights_of_one(without_dropout, tmp_path):
    one, two = (tmp_path / name for name in ("one", "two"))
    one.mkdir()
    two.mkdir()
    fine_tuned(1, without_dropout, one, "cuda")
    fine_tuned(2, without_dropout, two, "cuda")

    for way in launched.WAYS:
        for what in ("projection", "words", "layers", "loss"):
            np.testing.assert_allclose(found(two, way)[what], found(one, way)[what], atol=1e-3, err_msg=f"{way} {what}")


def test_evaluate_model_in_two_processes_reports_once_what_it_does_in_one(without_dropout, tmp_path):
    config = {"tune": "full", "steps": 3, "batch_per_class": 4, "precision": "fp32", "device": "cpu", "bootstraps": 50}
    data = written(tmp_path / "data.jsonl.gz", told(40))
    asked = {"data": data, "protocol": "grouped-kfold", "folds": 2, "encoder": str(without_dropout)}
    asked |= {"config": json.dumps(config)}
    call_command("evaluate_model", **asked, out=tmp_path / "alone")
    options = [f"--{name}={value}" for name, value in asked.items()]
    said = launch(PROCESSES, "manage.py", "evaluate_model", *options, f"--out={tmp_path / 'together'}")
    assert said.count("Written to") == 1
    reports = [json.loads((tmp_path / name / "report.json").read_text()) for name in ("alone", "together")]
    alone, together = ([row["brier"] for row in report["rows"]] for report in reports)
    assert together == pytest.approx(alone, abs=1e-3)
