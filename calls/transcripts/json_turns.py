"""Reads our own JSON, lists of {role, content}, and what is close to them: any list of objects with text in them."""

from typing import Any

from calls.transcripts.findings import Findings
from calls.transcripts.json_shapes import (
    ROLE_KEYS,
    SPEAKER_KEYS,
    TEXT_KEYS,
    Entry,
    dicts,
    entries_of,
    first_of,
    name_of,
    sample,
    text_of,
)
from calls.transcripts.times import noted_seconds
from calls.transcripts.turns import UnreadableTranscript
from calls.transcripts.utterances import Utterance

# Key -> how many of its units make a second.
START_KEYS = {
    "start": 1, "start_time": 1, "startTime": 1, "start_s": 1, "begin": 1, "offset": 1, "timestamp": 1, "time": 1,
    "ts": 1, "start_ms": 1000, "startMs": 1000, "startTimeMillis": 1000, "startTimeMs": 1000, "offset_ms": 1000,
    "offsetMs": 1000, "BeginOffsetMillis": 1000,
}  # fmt: skip
END_KEYS = {
    "end": 1, "end_time": 1, "endTime": 1, "end_s": 1, "stop": 1, "end_ms": 1000, "endMs": 1000, "endTimeMillis": 1000,
    "endTimeMs": 1000, "EndOffsetMillis": 1000,
}  # fmt: skip
DURATION_KEYS = {"duration": 1, "duration_s": 1, "duration_ms": 1000, "durationMs": 1000}
KEYS = frozenset([*TEXT_KEYS, *SPEAKER_KEYS, *ROLE_KEYS, *START_KEYS, *END_KEYS, *DURATION_KEYS])
STRICT_KEYS = frozenset(["text", "content", "speaker", "role", "start", "end"])


def is_role_content(document: Any) -> bool:
    """`{"role": "user", "content": "…"}` and no speaker."""
    return any("role" in entry and "content" in entry and "speaker" not in entry for entry in sample(document))


def is_turns(document: Any) -> bool:
    entries = entries_of(document)
    return entries is not None and (not entries or any(first_of(each, TEXT_KEYS) for each in dicts(entries)))


def conversations_of(document: Any) -> list[tuple[str, Any]]:
    """Id and document of each conversation where a list holds several documents of our own shape."""
    if not isinstance(document, list) or len(document) < 2:
        return []
    found = [each for each in document if isinstance(each, dict) and isinstance(each.get("turns"), list)]
    return [(str(each.get("id") or "")[:200], each) for each in found] if len(found) == len(document) else []


def text_inside(document: Any) -> str:
    """`{"transcript": "Rep: …"}`: plain text in a JSON wrapper; empty if there is none."""
    if not isinstance(document, dict) or entries_of(document) is not None:
        return ""
    found = document.get("transcript") or document.get("text")
    return found if isinstance(found, str) and found.strip() else ""


def read_turn_list(document: Any, findings: Findings) -> list[Utterance]:
    return [found for entry in entries_of(document) or [] if (found := _utterance(entry, findings))]


def _utterance(entry: Any, findings: Findings) -> Utterance | None:
    if isinstance(entry, str):  # words without a speaker are words all the same
        return Utterance(entry)
    if not isinstance(entry, dict):
        findings.note("entries_skipped")
        return None
    text = text_of(first_of(entry, TEXT_KEYS), findings)
    role = first_of(entry, ROLE_KEYS)
    speaker = name_of(first_of(entry, SPEAKER_KEYS)) or name_of(role)
    start, end = times_of(entry, findings)
    return Utterance(text, speaker, start, end, role=role if isinstance(role, str) else "")


def times_of(entry: Entry, findings: Findings) -> tuple[float | None, float | None]:
    start = _time(entry, START_KEYS, findings)
    end = _time(entry, END_KEYS, findings)
    duration = _time(entry, DURATION_KEYS, findings) if end is None and start is not None else None
    return start, end if duration is None or start is None else start + duration


def _time(entry: Entry, keys: dict[str, int], findings: Findings) -> float | None:
    key = next((key for key in keys if entry.get(key) is not None), "")
    return noted_seconds(entry[key], findings, per_second=keys[key]) if key else None


def strict_turns(turns: list[Any], findings: Findings) -> list[Utterance]:
    """Turns as a program sends them: a wrong type is its mistake, and UnreadableTranscript names the field."""
    if not turns:
        raise UnreadableTranscript("No turn was sent.", field="turns", hint='Expected [{"speaker": …, "text": …}, …].')
    return [_strict(turn, number, findings) for number, turn in enumerate(turns, start=1)]


def _strict(turn: Any, number: int, findings: Findings) -> Utterance:
    field = f"turns[{number - 1}]"
    if not isinstance(turn, dict):
        raise UnreadableTranscript("Expected an object with speaker and text.", field=field)
    text, speaker, role = turn.get("text", turn.get("content")), turn.get("speaker"), turn.get("role")
    if not isinstance(text, str):
        raise UnreadableTranscript("Expected a text.", field=f"{field}.text")
    if not isinstance(speaker, str | int | None) or isinstance(speaker, bool):
        raise UnreadableTranscript("Expected the speaker's name as a text.", field=f"{field}.speaker")
    if not isinstance(role, str | None):
        raise UnreadableTranscript('Expected "rep", "customer" or "other".', field=f"{field}.role")
    for key in ("start", "end"):
        if isinstance(turn.get(key), bool) or not isinstance(turn.get(key), int | float | str | None):
            raise UnreadableTranscript("Expected seconds as a number.", field=f"{field}.{key}")
    start, end = (noted_seconds(turn.get(key), findings, line=number) for key in ("start", "end"))
    named = str(speaker if speaker is not None else role or "")
    return Utterance(text, named, start, end, role=role or "", line=number)
