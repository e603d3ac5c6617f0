"""Reads plain text: "Speaker: words" with or without times, and headings such as "Jane Doe  0:12" over their text."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from calls.transcripts.findings import Findings
from calls.transcripts.labels import Labels, split_label, without_time
from calls.transcripts.times import CLOCK, clock_seconds
from calls.transcripts.turns import UnreadableTranscript
from calls.transcripts.utterances import Utterance

EXPECTED = "Expected lines such as “Rep: Good morning”, with or without a time in front."
LATEST_FIRST_WORDS = 3600.0  # seconds; a call whose first words come later has the time of day beside them
_RANGE = rf"-?{CLOCK}(?:\s?(?:-->|->|\u2013|—|-|to)\s?(?:{CLOCK}))?"
_TIME_IN_BRACKETS = re.compile(rf"\s*[\[(<]\s?({_RANGE})\s?[\])>]\s*(?:[-\u2013—|:]\s)?\s*")
_TIME_BARE = re.compile(rf"\s*({_RANGE})(?:\s*[-\u2013—|]\s|\s+|$)")
_HEADING = re.compile(rf"\s*(\S[^\n]{{0,80}}?)(\s+|\s*[-\u2013—|,]\s*|\t)[\[(]?\s?({_RANGE})\s?[\])]?\s*$")
_ZOOM_HEADING = re.compile(rf"\s*\[([^\[\]\n]{{1,80}})\]\s+({CLOCK})\s*$")
# Blank lines and rules of dashes, stars or drawn lines, also with characters that nobody sees.
_LAYOUT = re.compile(r"[\s\-_=*~#+|`·•\u2010-\u2015\u2500-\u257f\u200b-\u200f\u2060\ufeff]*")
_CLOCKS = re.compile(rf"-?{CLOCK}")


@dataclass
class _Line:
    number: int
    text: str  # without the time in front
    whole: str
    start: float | None = None
    end: float | None = None
    heading: str = ""  # the speaker, if the line is a heading


@dataclass
class _Reading:
    """The utterances so far; the last one is still open for lines that name nobody."""

    findings: Findings
    done: list[Utterance] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    under_heading: bool = False
    start: float | None = None  # of a time that stood alone on its line
    end: float | None = None

    def open(self, line: _Line, speaker: str, text: str) -> None:
        self.close()
        start = self.start if line.start is None else line.start
        end = self.end if line.start is None else line.end
        self.start = self.end = None
        self.done.append(Utterance("", speaker, start, end, line=line.number))
        self.pieces = [text] if text else []
        self.under_heading = not text

    def go_on(self, line: _Line, text: str) -> None:
        if not self.done:
            self.open(line, "", text)
            return
        if not self.under_heading and self.done[-1].speaker:
            self.findings.note("continued_lines", line.number)
        self.pieces.append(text)

    def close(self) -> None:
        if self.done:
            self.done[-1] = replace(self.done[-1], text=" ".join(self.pieces))
        self.pieces = []


def read_plain(text: str, findings: Findings) -> list[Utterance]:
    lines = _lines(text)
    timed = sum(line.start is not None for line in lines)
    labels = Labels.of(line.text for line in lines)
    headings = _with_headings(lines, labels)
    reading = _Reading(findings)
    for line in lines:
        _read_line(line, labels, reading, headings, mostly_timed=timed * 2 > len(lines))
    reading.close()
    if not any(utterance.speaker for utterance in reading.done) and timed * 2 <= len(lines):
        raise UnreadableTranscript("No line names a speaker.", hint=EXPECTED)
    return _from_the_first(reading.done, findings)


def _lines(text: str) -> list[_Line]:
    """The lines that hold words, times or signs somebody typed; rules and blank lines are layout."""
    lines = []
    for number, whole in enumerate(text.split("\n"), start=1):
        if not _LAYOUT.fullmatch(whole):
            rest, start, end = _without_leading_time(whole.strip())
            lines.append(_Line(number, rest, whole.strip(), start, end))
    return lines


def _without_leading_time(line: str) -> tuple[str, float | None, float | None]:
    match = _TIME_IN_BRACKETS.match(line) or _TIME_BARE.match(line)
    return (line[match.end() :], *_moments(match[1])) if match else (line, None, None)


def _moments(written: str) -> tuple[float | None, float | None]:
    clocks = [clock_seconds(clock) for clock in _CLOCKS.findall(written)]
    second = clocks[1] if len(clocks) > 1 else None
    return clocks[0], abs(second) if second is not None else None  # the dash of a range is no minus


def _with_headings(lines: list[_Line], labels: Labels) -> set[str]:
    """Marks lines that hold nothing but a name and a time, and gives the names; none if colons divide the file."""
    found = []
    for line in lines:
        name, start, end, wide = _heading(line.whole)
        if name and labels.name_somebody(name):
            found.append((line, name, start, end, wide))
    times_seen = Counter(name for _, name, *_ in found)
    found = [entry for entry in found if entry[4] or times_seen[entry[1]] > 1]
    if len(found) < sum(labels.name_somebody(split_label(line.text).label) for line in lines):
        return set()
    for line, name, start, end, _ in found:
        line.heading, line.start, line.end, line.text = name, start, end, ""
    return {name for _, name, *_ in found}


def _heading(line: str) -> tuple[str, float | None, float | None, bool]:
    """Name, times, and whether a wide gap or brackets set the time apart, as no sentence would."""
    if len(line) > 120:
        return "", None, None, False
    if zoom := _ZOOM_HEADING.match(line):
        return zoom[1].strip(), clock_seconds(zoom[2]), None, True
    if match := _HEADING.match(line):
        wide = match[2] != " " or line.rstrip()[-1] in ")]"
        return without_time(match[1])[0], *_moments(match[3]), wide
    return "", None, None, False


def _read_line(line: _Line, labels: Labels, reading: _Reading, headings: set[str], *, mostly_timed: bool) -> None:
    if line.heading:
        reading.open(line, line.heading, "")
        return
    labelled = labels.split(line.text)
    if labelled.label and headings and labelled.label not in headings:  # a colon in what somebody says
        labelled = replace(labelled, label="")
    if labelled.label:
        rest, start, end = labelled.rest, labelled.start, None
        if line.start is None and start is None and (match := _TIME_IN_BRACKETS.match(rest)):
            rest, (start, end) = rest[match.end() :], _moments(match[1])
        if line.start is None:
            line.start, line.end = start, end
        reading.open(line, labelled.label, rest)
    elif line.start is not None and not line.text:
        reading.start, reading.end = line.start, line.end
    elif line.start is not None and mostly_timed and not headings:
        reading.open(line, reading.done[-1].speaker if reading.done else "", line.text)
    else:
        reading.go_on(line, line.whole)


def _from_the_first(utterances: list[Utterance], findings: Findings) -> list[Utterance]:
    """Times of day, as saved chats have them, counted from the first one."""
    first = next((each.start for each in utterances if each.start is not None), None)
    if first is None or first < LATEST_FIRST_WORDS:
        return utterances
    findings.note("clock_times")
    return [
        replace(
            each,
            start=None if each.start is None else each.start - first,
            end=None if each.end is None else each.end - first,
        )
        for each in utterances
    ]
