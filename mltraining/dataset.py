"""Reads files of conversations with a known outcome, one JSON object a line, for measuring outside the database."""

import gzip
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from calls.delivery import sanitised
from calls.parsing import kept_text
from calls.transcripts.findings import Findings
from calls.transcripts.roles import roles_of
from calls.transcripts.times import LONGEST_CALL
from calls.transcripts.utterances import Utterance
from mltraining.examples import Said, plain_example
from mltraining.ml.example import Example

GZIP_MAGIC = b"\x1f\x8b"
OUTCOMES: dict[Any, int | None] = {0: 0, 1: 1, None: None}


class UnreadableDataset(Exception):
    """A file that is not of the expected shape; the message names the line and what was expected there."""


@dataclass(frozen=True)
class Row:
    """One conversation as the file gives it. `extra` is known only afterwards and never a feature."""

    number: int  # line of the file
    id: str
    group: str  # empty: a group of its own
    split: str
    turns: tuple[Mapping[str, Any], ...]
    metadata: Mapping[str, Any]
    outcome: int | None
    extra: Mapping[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    """Rows in file order. Raises UnreadableDataset."""
    try:
        with opened(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield read_row(line, number)
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise UnreadableDataset(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableDataset(f"{path} is not UTF-8 text.") from error


def opened(path: Path) -> IO[str]:
    with path.open("rb") as start:
        is_gzip = start.read(2) == GZIP_MAGIC
    opener: Callable[..., Any] = gzip.open if is_gzip else open
    handle: IO[str] = opener(path, "rt", encoding="utf-8-sig")
    return handle


def read_row(line: str, number: int) -> Row:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableDataset(f"Line {number} is not JSON.") from error
    if not isinstance(value, dict):
        raise UnreadableDataset(f"Line {number}: expected an object with id, turns, metadata and outcome.")
    turns = part(value, "turns", list, number) or []
    for turn in turns:
        if not isinstance(turn, dict):
            raise UnreadableDataset(f"Line {number}: each of turns must be an object with speaker and text.")
    outcome = value.get("outcome")
    if isinstance(outcome, bool | str | list | dict) or outcome not in OUTCOMES:
        raise UnreadableDataset(f"Line {number}: outcome must be 0, 1 or null.")
    return Row(
        number=number,
        id=plain(value.get("id")),
        group=plain(value.get("group")),
        split=plain(value.get("split")).lower(),
        turns=tuple(turns),
        metadata=part(value, "metadata", dict, number) or {},
        outcome=OUTCOMES[outcome],
        extra=part(value, "extra", dict, number) or {},
    )


def part(value: Mapping[str, Any], name: str, kind: type, number: int) -> Any:
    found = value.get(name)
    if found is not None and not isinstance(found, kind):
        expected = "a list" if kind is list else "an object"
        raise UnreadableDataset(f"Line {number}: {name} must be {expected}.")
    return found


def plain(value: object) -> str:
    """As text that any library can encode: JSON may hold half a surrogate pair."""
    text = "" if value is None else value if isinstance(value, str) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")


def example_from_row(
    row: Row,
    *,
    turns: int | None = None,
    without: Collection[int] = (),
    keep: Callable[[str], bool] = lambda name: True,
    own_group: bool = False,
) -> Example:
    """Model input as a stored call with the same content would give it, cleaned and redacted.

    A turn in which no word is left keeps its place: `extra` counts turns as the file has them. `turns` cuts the
    conversation, `without` takes turns out of it (who is rep stays), `keep` says of each flattened metadata name
    whether it counts, and `own_group` makes a group of every row.
    """
    spoken = row.turns[:turns]
    utterances = [Utterance(plain(turn.get("text")), plain(turn.get("speaker"))) for turn in spoken]
    roles = roles_of(utterances, Findings())
    said = [
        Said(roles[told.speaker, told.role], kept_text(told.text), second(turn, "start"), second(turn, "end"))
        for number, (turn, told) in enumerate(zip(spoken, utterances, strict=True))
        if number not in without
    ]
    name = f"{row.id} {row.number}"  # ids may repeat, lines do not
    group = "" if own_group else row.group
    metadata = {key: sanitised(value) for key, value in row.metadata.items()}
    example = plain_example(said, metadata, {}, name=name, label=row.outcome, group=group, time=float(row.number))
    return only_metadata(example, keep)


def second(turn: Mapping[str, Any], name: str) -> float | None:
    """A time of the turn; None for what can be none, such as infinity."""
    value = turn.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= LONGEST_CALL else None


def only_metadata(example: Example, keep: Callable[[str], bool]) -> Example:
    return Example(
        id=example.id,
        turns=example.turns,
        numbers={name: value for name, value in example.numbers.items() if keep(name)},
        categories={name: value for name, value in example.categories.items() if keep(name)},
        statistic_names=example.statistic_names,
        statistics=example.statistics,
        label=example.label,
        group=example.group,
        time=example.time,
    )
