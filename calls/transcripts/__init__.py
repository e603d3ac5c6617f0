"""Reads transcripts of any known format. Knows nothing of the rest of the project, nor of Django."""

from calls.transcripts.arriving import Speaker, arrived
from calls.transcripts.reading import MAX_TURNS, load_json, read, read_document, read_rows, read_text, read_turns
from calls.transcripts.turns import ParseWarning, Role, Transcript, Turn, UnreadableTranscript

__all__ = [
    "MAX_TURNS",
    "ParseWarning",
    "Role",
    "Speaker",
    "Transcript",
    "Turn",
    "UnreadableTranscript",
    "arrived",
    "load_json",
    "read",
    "read_document",
    "read_rows",
    "read_text",
    "read_turns",
]
