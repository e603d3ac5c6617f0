"""What reading a transcript gives: turns in file order, warnings for whatever was odd, or one error."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["rep", "customer", "other"]

UNKNOWN_SPEAKER = "Unknown"  # for text that names nobody


@dataclass(frozen=True)
class Turn:
    speaker: str
    role: Role
    text: str
    start: float | None = None  # seconds from the start of the call
    end: float | None = None


@dataclass(frozen=True)
class ParseWarning:
    """Something odd that did not stop the reading. `line` is where it happened first, where lines are known."""

    code: str
    message: str
    count: int = 1
    line: int | None = None


@dataclass(frozen=True)
class Transcript:
    turns: tuple[Turn, ...]
    warnings: tuple[ParseWarning, ...]
    format: str  # a name from the table in formats.py
    language: str = ""  # where the file names one
    conversation: str = ""  # the id of the conversation where the file gives one


class UnreadableTranscript(Exception):
    """The file is no transcript that can be read. Names place and expectation, never what stands in the file."""

    def __init__(self, message: str, *, line: int | None = None, field: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        place = f"Line {self.line}: " if self.line else ""
        field = f"{self.field}: " if self.field else ""
        return f"{place}{field}{self.message}"
