"""Reads diarised tables: one row an utterance, columns such as conversation_id, speaker_id, start, end, text."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from calls.transcripts.findings import Findings
from calls.transcripts.json_shapes import name_of
from calls.transcripts.times import noted_seconds
from calls.transcripts.turns import UnreadableTranscript
from calls.transcripts.utterances import Utterance
from calls.transcripts.vocabulary import words

EXPECTED = "Expected a first line such as conversation_id,speaker_id,start,end,text"
DELIMITERS = ";,\t|"
LONGEST_CELL = 10_000_000
# Column -> the spellings of its header, in lower case, without marks between words.
SPELLINGS: Mapping[str, frozenset[str]] = {
    "conversation": frozenset(
        words(
            "conversationid callid conversation call recordingid dialogueid dialogid sessionid meetingid transcriptid "
            "contactid"
        )
    ),
    "speaker": frozenset(
        words(
            "speakerid speaker speakername speakerlabel participant participantid participantname name channel who from"
        )
    ),
    "role": frozenset(["role", "speakerrole", "participantrole", "party", "side", "speakertype"]),
    "start": frozenset(
        words("start starttime startseconds starts begin offset from_time timestamp time startoffset startsec")
    ),
    "start_ms": frozenset(
        ["startms", "starttimemillis", "startmillis", "starttimems", "offsetms", "beginoffsetmillis"]
    ),
    "end": frozenset(words("end endtime endseconds ends stop endoffset endsec")),
    "end_ms": frozenset(["endms", "endtimemillis", "endmillis", "endtimems", "endoffsetmillis"]),
    "duration": frozenset(["duration", "durationseconds", "length"]),
    "text": frozenset(words("text transcript utterance content message words sentence body transcription caption")),
}
_COLUMN = {spelling: column for column, spellings in SPELLINGS.items() for spelling in spellings}
_UNIT = re.compile(r"\((?:s|sec|seconds|ms|milliseconds)\)")


@dataclass(frozen=True)
class Row:
    conversation: str
    utterance: Utterance


def looks_like_table(text: str) -> bool:
    columns, _ = _columns(text.lstrip("\n").split("\n", 1)[0])
    return "text" in columns and len(set(columns)) > 1


def read_table(text: str, findings: Findings) -> dict[str, list[Utterance]]:
    """Utterances by conversation id, in file order; the id is empty where the table has none."""
    conversations: dict[str, list[Utterance]] = {}
    conversation = ""
    for row in _rows(text, findings):
        if row.conversation:
            conversation = row.conversation
        elif conversation:
            findings.note("rows_without_conversation", row.utterance.line)
        conversations.setdefault(conversation, []).append(row.utterance)
    return conversations


def _columns(header: str) -> tuple[list[str], str]:
    """The known name of each column (empty: not known), under the delimiter that knows most of them."""
    best: tuple[list[str], str] = ([], ",")
    for delimiter in DELIMITERS:
        names = [_column(cell) for cell in header[:5000].split(delimiter)]
        if len({name for name in names if name}) > len({name for name in best[0] if name}):
            best = (names, delimiter)
    return best


def _column(cell: str) -> str:
    name = cell.strip().strip('"').casefold()
    milliseconds = "ms" if "(ms)" in name or "(milliseconds)" in name else ""
    bare = re.sub(r"[\W_]+", "", _UNIT.sub("", name)) + milliseconds
    return _COLUMN.get(bare, "")


def numbered_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank, with the line on which it begins; UnreadableTranscript where quotes do not pair."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1  # where the next row begins
    except csv.Error:
        hint = (
            "Expected quotes in pairs: every quoted cell ends in a quote, and a quote inside a cell is written twice."
        )
        raise UnreadableTranscript("The row that begins here is broken.", line=line, hint=hint) from None


def _rows(text: str, findings: Findings) -> Iterator[Row]:
    header = text.lstrip("\n")
    columns, delimiter = _columns(header.split("\n", 1)[0])
    if "text" not in columns:
        message = "No column for the words was found."
        raise UnreadableTranscript(message, line=1 + len(text) - len(header), field="text", hint=EXPECTED)
    rows = numbered_rows(text, delimiter)
    next(rows)  # the header
    for line, cells in rows:
        yield _row(cells, columns, delimiter, findings, line)


def _row(cells: list[str], columns: list[str], delimiter: str, findings: Findings, line: int) -> Row:
    found: dict[str, str] = {}
    for name, cell in zip(columns, cells, strict=False):
        if name:
            found.setdefault(name, cell.strip())
    text = found.get("text", "")
    if len(cells) > len(columns):  # a comma in words that nobody quoted
        findings.note("extra_cells", line)
        text = delimiter.join([text, *cells[len(columns) :]])
    elif len(cells) < len(columns):
        findings.note("missing_cells", line)
    start, end = _times(found, findings, line)
    role = found.get("role", "")
    speaker = name_of(found.get("speaker", "")) or name_of(role)
    return Row(found.get("conversation", "")[:200], Utterance(text, speaker, start, end, role, line))


def _times(found: Mapping[str, str], findings: Findings, line: int) -> tuple[float | None, float | None]:
    moments: list[float | None] = []
    for name in ("start", "end"):
        milliseconds = found.get(f"{name}_ms")
        written = milliseconds or found.get(name)
        moments.append(noted_seconds(written, findings, per_second=1000 if milliseconds else 1, line=line))
    start, end = moments
    if end is None and start is not None and found.get("duration"):
        duration = noted_seconds(found["duration"], findings, line=line)
        end = None if duration is None else start + duration
    return start, end
