import sys
from types import SimpleNamespace

from mltraining.ml.machine import machine


def test_memory_is_told_at_its_highest():
    used = machine()
    assert used["device"] == "cpu"
    assert 10 < used["peak_memory_mb"] < 1_000_000
    assert "peak_gpu_memory_mb" not in used


def test_a_gpu_is_named_with_the_most_memory_it_held(monkeypatch):
    cuda = SimpleNamespace(get_device_name=lambda device: "Some GPU", max_memory_allocated=lambda device: 3 * 1024**3)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    used = machine("cuda:0")
    assert (used["device_name"], used["peak_gpu_memory_mb"]) == ("Some GPU", 3072)
