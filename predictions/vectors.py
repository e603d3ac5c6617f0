"""The vectors of calls and windows in Postgres: written once per version, read back in place of encoding again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from django.db import connection, transaction
from pgvector.psycopg.vector import register_vector_info
from psycopg.types import TypeInfo

from calls.models import Call
from mltraining.examples import Example, encoded_as_read, encoded_from
from mltraining.models import ModelVersion
from predictions.models import Embedding

if TYPE_CHECKING:
    from mltraining.model_types import Encoded, Pause
    from predictions.serving import Served

COLUMNS = 'call_id, version_id, "window", first_turn, last_turn, vector'
# A binary COPY takes a fraction of the time that vectors as text in an INSERT take, but knows no ON CONFLICT.
ASIDE = f"""
    CREATE TEMPORARY TABLE IF NOT EXISTS vectors_aside ON COMMIT DELETE ROWS
    AS SELECT {COLUMNS} FROM predictions_embedding WITH NO DATA
"""  # nosec B608  # nothing but names of columns is put in
MOVED = f"""
    WITH moved AS (DELETE FROM vectors_aside RETURNING {COLUMNS})
    INSERT INTO predictions_embedding ({COLUMNS}) SELECT {COLUMNS} FROM moved ON CONFLICT DO NOTHING
"""  # nosec B608  # the same
ROWS_AT_ONCE = 128  # of which the index takes some 50 milliseconds
CANDIDATES = 100  # of the index in one round; with pgvector's 40 one neighbour in twenty was missed among 100,000
SCANNED_TUPLES = 100_000  # how far a filtered search may look before it settles for fewer neighbours


def stored(version: ModelVersion, calls: Iterable[Call]) -> dict[int, np.ndarray]:
    """The window vectors (windows, 384) of each call that has any."""
    rows: dict[int, list[np.ndarray]] = defaultdict(list)
    windows = Embedding.objects.of_windows().filter(version=version, call__in=list(calls))
    for call_id, vector in windows.order_by("call", "window").values_list("call_id", "vector"):
        rows[call_id].append(vector)
    return {call_id: np.asarray(vectors, dtype=np.float32) for call_id, vectors in rows.items()}


def encode(
    served: "Served",
    calls: Sequence[Call],
    examples: Sequence[Example],
    pause: "Pause" = lambda: None,
    read: "Mapping[int, Encoded] | None" = None,
) -> "list[Encoded]":
    """Windows and vectors of each example: stored or `read` ones where they are complete, else the model's work."""
    known = stored(served.version, calls)
    encoded: list[Encoded | None] = [
        encoded_from(served.model, example, known[call.pk], pause)
        if call.pk in known
        else encoded_as_read(served.model, example, (read or {}).get(call.pk), pause)
        for call, example in zip(calls, examples, strict=True)
    ]
    missing = [k for k, each in enumerate(encoded) if each is None]
    if missing:
        made = served.model.encode([examples[k] for k in missing], pause)
        for k, each in zip(missing, made, strict=True):
            encoded[k] = each
    return [each for each in encoded if each is not None]


def of_windows(version: ModelVersion, call: Call, encoded: "Encoded") -> Iterator[Embedding]:
    """One row for each window."""
    for number, (window, vector) in enumerate(zip(encoded.windows, encoded.vectors, strict=True)):
        yield Embedding(
            call=call,
            version=version,
            window=number,
            first_turn=window.first_turn,
            last_turn=window.last_turn,
            vector=vector,
        )


def of_call(version: ModelVersion, call: Call, encoded: "Encoded", call_vector: np.ndarray) -> Iterator[Embedding]:
    """One row for the call; none for a call without a word."""
    if encoded.windows:
        first, last = encoded.windows[0].first_turn, encoded.windows[-1].last_turn
        yield Embedding(call=call, version=version, window=None, first_turn=first, last_turn=last, vector=call_vector)


def write(embeddings: Iterable[Embedding], pause: "Pause" = lambda: None) -> None:
    """Some rows at a time, and made so. May be called twice: the first row of a call, version and window stays."""
    waiting = iter(embeddings)
    while some := list(islice(waiting, ROWS_AT_ONCE)):
        write_part(some)
        pause()


def write_part(embeddings: Sequence[Embedding]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ASIDE)
        own = cursor.cursor  # of psycopg: what it learns about vectors ends with it
        register_vector_info(own, TypeInfo.fetch(own.connection, "vector"))
        with cursor.copy(f"COPY vectors_aside ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "int8", "int4", "int4", "int4", "vector"])
            for each in embeddings:
                vector = np.asarray(each.vector, dtype=np.float32)
                copy.write_row((each.call_id, each.version_id, each.window, each.first_turn, each.last_turn, vector))
        cursor.execute(MOVED)


def search_through_filters() -> None:
    """Lets the index look on until enough rows pass the filters; for the transaction that the caller has opened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT '[1]'::vector")  # loads pgvector into the session: before that it has no settings
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute(f"SET LOCAL hnsw.ef_search = {CANDIDATES}")
        cursor.execute(f"SET LOCAL hnsw.max_scan_tuples = {SCANNED_TUPLES}")
