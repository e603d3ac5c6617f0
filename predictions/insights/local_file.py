"""A GGUF file, served by llama.cpp within the worker on a free port of the loopback address."""

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings

starting = Lock()  # two threads of a worker must not each load the file


def address(path: str) -> str:
    """Where it answers as OpenAI would. Raises FileNotFoundError, or ImportError without the package `xllamacpp`."""
    with starting:
        return f"{server(path).listening_address}/v1"


@cache
def server(path: str) -> Any:
    import xllamacpp  # noqa: PLC0415  # no requirement of the other providers

    if not Path(path).is_file():
        raise FileNotFoundError(path)
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = settings.INSIGHTS_CONTEXT_TOKENS
    params.n_parallel = 1
    params.port = 0
    params.verbosity = 0
    return xllamacpp.Server(params)
