"""The vectors of calls and windows in Postgres: written once per version, read back in place of encoding again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from django.db import connection

from calls.models import Call
from mltraining.examples import Example, encoded_from
from mltraining.models import ModelVersion
from predictions.models import Embedding

if TYPE_CHECKING:
    from mltraining.model_types import Encoded
    from predictions.serving import Served

ROWS_AT_ONCE = 1000
SCANNED_TUPLES = 100_000  # how far a filtered search may look before it settles for fewer neighbours


def stored(version: ModelVersion, calls: Iterable[Call]) -> dict[int, np.ndarray]:
    """The window vectors (windows, 384) of each call that has any."""
    rows: dict[int, list[np.ndarray]] = defaultdict(list)
    windows = Embedding.objects.of_windows().filter(version=version, call__in=list(calls))
    for call_id, vector in windows.order_by("call", "window").values_list("call_id", "vector"):
        rows[call_id].append(vector)
    return {call_id: np.asarray(vectors, dtype=np.float32) for call_id, vectors in rows.items()}


def encode(served: "Served", calls: Sequence[Call], examples: Sequence[Example]) -> "list[Encoded]":
    """Windows and vectors of each example: stored ones where they are complete, else the model's work."""
    known = stored(served.version, calls)
    encoded: list[Encoded | None] = [
        encoded_from(served.model, example, known[call.pk]) if call.pk in known else None
        for call, example in zip(calls, examples, strict=True)
    ]
    missing = [k for k, each in enumerate(encoded) if each is None]
    if missing:
        made = served.model.encode([examples[k] for k in missing])
        for k, each in zip(missing, made, strict=True):
            encoded[k] = each
    return [each for each in encoded if each is not None]


def rows(version: ModelVersion, call: Call, encoded: "Encoded", call_vector: np.ndarray) -> list[Embedding]:
    """One row for the call and one for each window; none for a call without a word."""
    if not encoded.windows:
        return []
    whole = Embedding(
        call=call,
        version=version,
        window=None,
        first_turn=encoded.windows[0].first_turn,
        last_turn=encoded.windows[-1].last_turn,
        vector=call_vector,
    )
    return [
        whole,
        *(
            Embedding(
                call=call,
                version=version,
                window=number,
                first_turn=window.first_turn,
                last_turn=window.last_turn,
                vector=vector,
            )
            for number, (window, vector) in enumerate(zip(encoded.windows, encoded.vectors, strict=True))
        ),
    ]


def write(embeddings: Sequence[Embedding]) -> None:
    """May be called twice: the first row of a call, version and window stays."""
    Embedding.objects.bulk_create(embeddings, ignore_conflicts=True, batch_size=ROWS_AT_ONCE)


def search_through_filters() -> None:
    """Lets the index look on until enough rows pass the filters; for the transaction that the caller has opened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT '[1]'::vector")  # loads pgvector into the session: before that it has no settings
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute(f"SET LOCAL hnsw.max_scan_tuples = {SCANNED_TUPLES}")
