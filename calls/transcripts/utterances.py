"""What a reader finds in a file before roles are known: one piece of speech at a time."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

_SENTENCE_END = re.compile(r"[.!?…。\uff01\uff1f][\"'”\u2019)\]]?\s*$")


@dataclass(frozen=True)
class Utterance:
    text: str
    speaker: str = ""  # as the file says; empty: nobody is named
    start: float | None = None
    end: float | None = None
    role: str = ""  # as the file says, in any word
    line: int | None = None


Joins = Callable[[Utterance, Utterance], bool]


def same_speaker(before: Utterance, after: Utterance) -> bool:
    return (before.speaker, before.role) == (after.speaker, after.role)


def same_named_speaker(before: Utterance, after: Utterance) -> bool:
    return bool(before.speaker) and same_speaker(before, after)


def same_sentence(before: Utterance, after: Utterance) -> bool:
    """The named speaker goes on with a sentence that the cue before left open."""
    return same_named_speaker(before, after) and not _SENTENCE_END.search(before.text[-8:])


def joined(utterances: Iterable[Utterance], joins: Joins) -> list[Utterance]:
    """Neighbours for which `joins` holds become one utterance, from the first start to the last end."""
    groups: list[list[Utterance]] = []
    for utterance in utterances:
        if groups and joins(groups[-1][-1], utterance):
            groups[-1].append(utterance)
        else:
            groups.append([utterance])
    return [_one(group) for group in groups]


def _one(group: list[Utterance]) -> Utterance:
    if len(group) == 1:
        return group[0]
    start = next((piece.start for piece in group if piece.start is not None), None)
    end = next((piece.end for piece in reversed(group) if piece.end is not None), None)
    text = " ".join(piece.text.strip() for piece in group if piece.text.strip())
    return replace(group[0], text=text, start=start, end=end)
