"""What all JSON readers share: loading, finding the list of entries, reading a field that may be missing or odd."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from calls.transcripts.findings import Findings
from calls.transcripts.turns import UnreadableTranscript

Entry = Mapping[str, Any]

TEXT_KEYS = ("text", "content", "transcript", "utterance", "message", "words", "sentence", "body", "caption", "value")
SPEAKER_KEYS = (
    "speaker", "speaker_name", "speakerName", "name", "displayName", "speaker_label", "speakerLabel", "speaker_id",
    "speakerId", "participant", "participant_id", "participantId", "from", "author", "user", "user_name", "channel",
)  # fmt: skip
NAME_KEYS = ("name", "displayName", "display_name", "label", "email", "id")  # of a speaker that is an object
ROLE_KEYS = ("role", "participantRole", "participant_role", "ParticipantRole", "speakerRole", "speaker_role")
LIST_KEYS = (
    "turns", "transcript", "utterances", "messages", "conversation", "segments", "entries", "fragments", "dialogue",
    "dialog", "transcriptUtterances", "monologues", "sentences", "results", "items", "data", "value", "call",
)  # fmt: skip
DEEPEST_WRAPPER = 4
_LOOKS_LIKE_JSON = re.compile(r"\s*(?:\{|\[\s*(?:[{\]\"\[]|$))")


def looks_like_json(text: str) -> bool:
    """An object or a list; `[00:12] Jane: hello` is none."""
    return bool(_LOOKS_LIKE_JSON.match(text[:2000]))


def loaded(text: str) -> Any:
    """The document, or a list of the objects if each stands on its own line; UnreadableTranscript names the line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and (lines := _json_lines(text)):
            return lines
        hint = f"{error.msg}, at column {error.colno}. Expected valid JSON."
        raise UnreadableTranscript("The JSON is broken here.", line=error.lineno, hint=hint) from None
    except (RecursionError, ValueError):
        message = "The JSON is nested too deeply or holds a number that is too long."
        raise UnreadableTranscript(message, hint='Expected {"turns": [{"speaker": …, "text": …}, …]}.') from None


def _json_lines(text: str) -> list[Any]:
    entries = []
    for line in filter(str.strip, text.split("\n")):
        try:
            entries.append(json.loads(line))
        except (ValueError, RecursionError):
            return []
    return entries


def entries_of(document: Any, depth: int = 0) -> list[Any] | None:
    """The list of turns in the document, below any of the usual wrappers; None if there is none."""
    if isinstance(document, list):
        return document
    if isinstance(document, Mapping) and depth < DEEPEST_WRAPPER:
        for key in LIST_KEYS:
            if key in document and (found := entries_of(document[key], depth + 1)) is not None:
                return found
    return None


def dicts(entries: Iterable[Any] | None) -> list[Entry]:
    return [entry for entry in entries or () if isinstance(entry, Mapping)]


def sample(document: Any) -> list[Entry]:
    """A few entries by which a format is known."""
    return dicts((entries_of(document) or [])[:20])


def first_of(entry: Entry, keys: Iterable[str]) -> Any:
    """The first value that is there; None if none is."""
    return next((entry[key] for key in keys if entry.get(key) not in (None, "")), None)


def text_of(value: Any, findings: Findings) -> str:
    """The value as text; a number becomes one, of a list the texts in it; anything else is counted and empty."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int | float):
        findings.note("text_from_other_type")
        return str(value)[:100]
    if isinstance(value, list):
        parts = [
            part if isinstance(part, str) else first_of(part, TEXT_KEYS)
            for part in value
            if isinstance(part, str | Mapping)
        ]
        return " ".join(part for part in parts if isinstance(part, str))
    found = first_of(value, TEXT_KEYS) if isinstance(value, Mapping) else None
    if not isinstance(found, str):
        findings.note("entries_skipped")
        return ""
    return found


def name_of(value: Any, prefix: str = "Speaker") -> str:
    """A speaker's name, however it is given; numbers and single letters get a word in front."""
    if isinstance(value, Mapping):
        value = first_of(value, NAME_KEYS)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        return f"{prefix} {whole}"[:60]
    if not isinstance(value, str):
        return ""
    name = value.strip()
    return f"{prefix} {name}" if len(name) == 1 or (name.isdecimal() and len(name) < 4) else name


def language_of(document: Any) -> str:
    """The language that the document or its first entries name; empty if none is."""
    places = [document] if isinstance(document, Mapping) else []
    for entry in [*places, *sample(document)]:
        found = first_of(entry, ("language", "languageCode", "language_code", "locale"))
        if isinstance(found, str):
            return found[:35]
    return ""
