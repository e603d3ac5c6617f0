"""From calls to model input: the one path, for training, for scoring and for calls that are not stored."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from calls import features
from calls.features import STATISTICS, flattened, running_statistics
from calls.interaction import Spoken
from calls.models import Call, Outcome, Turn
from mltraining.ml import example
from mltraining.ml.example import Example

if TYPE_CHECKING:
    from mltraining.ml.embedding import Encoded
    from mltraining.ml.encoder import Pause
    from mltraining.ml.model import ConversionModel

LABELS = {Outcome.WON.value: 1, Outcome.LOST.value: 0}
ROWS_AT_ONCE = 5000


@dataclass(frozen=True)
class Said:
    """A turn as the database gives it, without a model instance around it: snapshots hold hundreds of thousands."""

    role: str
    text: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Snapshot:
    """Every trainable call at one moment, oldest first."""

    examples: list[Example]
    call_ids: list[int]
    counts: dict[str, int]  # won, lost, customers

    def hash(self, config: Mapping[str, object], revision: int) -> str:
        """The same data, configuration and revision of the code give the same model: then nothing needs training."""
        digest = hashlib.sha256(json.dumps([config, revision], sort_keys=True, default=str).encode())
        for each in self.examples:
            digest.update(content_hash(each).encode())
            digest.update(json.dumps([each.id, each.label, each.group, each.time, each.turns_after_outcome]).encode())
        return digest.hexdigest()


def plain_example(
    turns: Sequence[Spoken],
    metadata: Mapping[str, object],
    history: Mapping[str, float | None],
    *,
    name: str = "",
    label: int | None = None,
    group: str = "",
    time: float = 0.0,
) -> Example:
    """Model input from plain values. `turns` are cleaned and redacted; `history` as of the start of the call."""
    numbers, categories = flattened(metadata)
    statistics = np.asarray(running_statistics(turns), dtype=float).reshape(len(turns), len(STATISTICS))
    return Example(
        id=name,
        turns=tuple(example.Turn(turn.role, turn.text) for turn in turns),
        numbers={**numbers, **{f"history.{key}": value for key, value in history.items()}},
        categories=categories,
        statistic_names=STATISTICS,
        statistics=statistics,
        label=label,
        group=group,
        time=time,
    )


def example_from(call: Call, as_of: datetime | None = None) -> Example:
    """One stored call, with its customer's history as of a moment (else as of its start)."""
    history = features.customer_history(call.customer_id, as_of or call.started_at)
    return stored_example(call, list(call.turns.all()), history)


def examples_from(calls: Iterable[Call], pause: "Pause" = lambda: None) -> list[Example]:
    """The same for many calls, in two queries, however many. `pause` is called before each and at the end."""
    calls = list(calls)
    turns = turns_of([call.pk for call in calls])
    histories = features.histories(calls)
    examples = []
    for call in calls:
        pause()
        examples.append(stored_example(call, turns[call.pk], histories[call.pk]))
    pause()
    return examples


def stored_example(call: Call, turns: Sequence[Spoken], history: Mapping[str, float | None]) -> Example:
    known = plain_example(
        turns,
        call.customer_metadata,
        history,
        name=str(call.pk),
        label=LABELS.get(call.outcome),
        group=str(call.customer_id or ""),
        time=call.started_at.timestamp(),
    )
    return replace(known, turns_after_outcome=turns_after(turns, call.started_at, call.outcome_known_at))


def turns_after(turns: Sequence[Spoken], started_at: datetime, moment: datetime | None) -> int:
    """How many began after the moment. A turn without a time began, as far as is known, with the call."""
    if moment is None:
        return 0
    heard = (moment - started_at).total_seconds()  # seconds of the call
    return sum((turn.start or 0.0) > heard for turn in turns)


def turns_of(call_ids: Sequence[int]) -> Mapping[int, list[Said]]:
    rows = Turn.objects.filter(call__in=call_ids).order_by("call_id", "index")
    turns: dict[int, list[Said]] = defaultdict(list)
    columns = rows.values_list("call_id", "role", "text", "start", "end")
    for call_id, role, text, start, end in columns.iterator(ROWS_AT_ONCE):
        turns[call_id].append(Said(role, text, start, end))
    return turns


def snapshot(calls: Iterable[Call]) -> Snapshot:
    calls = list(calls)
    examples = examples_from(calls)
    labels = [each.label for each in examples]
    counts = {"won": labels.count(1), "lost": labels.count(0), "customers": len({each.group_key for each in examples})}
    return Snapshot(examples, [call.pk for call in calls], counts)


def content_hash(each: Example) -> str:
    """Of what a model reads of a call: not its label, nor its customer, nor its time."""
    read = [
        [(turn.role, turn.text) for turn in each.turns],
        sorted(each.numbers.items()),
        sorted(each.categories.items()),
        each.statistic_names,
    ]
    digest = hashlib.sha256(json.dumps(read, ensure_ascii=False).encode(errors="surrogatepass"))
    digest.update(np.ascontiguousarray(each.statistics, dtype="<f8").tobytes())
    return digest.hexdigest()


def encoded_from(
    model: "ConversionModel", each: Example, vectors: np.ndarray, pause: "Pause" = lambda: None
) -> "Encoded | None":
    """What the model's `encode` gave once, put together again from stored vectors; None if they do not cover it."""
    from mltraining.ml.embedding import Encoded, windows_for  # noqa: PLC0415  # loads the encoders

    windows = tuple(windows_for(each, model.config, pause))
    return Encoded(windows, vectors) if len(windows) == len(vectors) else None


def encoded_as_read(
    model: "ConversionModel", each: Example, read: "Encoded | None", pause: "Pause" = lambda: None
) -> "Encoded | None":
    """What was read of a call while it ran; None where it is not all of the call, or not quite the same."""
    if read is None or len(read.vectors) != len(read.windows):
        return None
    made = encoded_from(model, each, read.vectors, pause)
    return made if made and made.windows == read.windows else None
