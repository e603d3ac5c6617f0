"""Reads WebVTT (also Zoom's and Teams') and SRT. One bad cue loses neither its own text nor any other cue."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from calls.transcripts.findings import Findings
from calls.transcripts.labels import Labels
from calls.transcripts.times import CLOCK, clock_seconds
from calls.transcripts.turns import UnreadableTranscript
from calls.transcripts.utterances import Utterance, joined, same_sentence

EXPECTED = "Expected cues such as “00:00:01.000 --> 00:00:04.000” with text below."
_ARROW = re.compile(r"\s*(?:-{1,3}>|={1,2}>|→|\u2013>|—>)\s*")
_STRICT = re.compile(rf"\s*(-?{CLOCK})\s*-->\s*(-?{CLOCK})(?:\s.*)?$")
_STARTS_LIKE_A_TIME = re.compile(r"\s*-?\d[\d:.,\s]{0,20}")
_VOICE = re.compile(r"<v(?:\.[\w.-]{0,80})?[ \t]([^<>]{1,200})>", re.IGNORECASE)
_VOICE_END = re.compile(r"</v>", re.IGNORECASE)
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


@dataclass
class _Cue:
    line: int
    start: float | None = None
    end: float | None = None
    text: list[str] = field(default_factory=list)


def read_vtt(text: str, findings: Findings) -> list[Utterance]:
    if not text.lstrip().startswith("WEBVTT"):
        findings.note("header_missing", 1)
    return _read(text, findings, comments=True)


def read_srt(text: str, findings: Findings) -> list[Utterance]:
    return _read(text, findings, comments=False)


def looks_like_cues(text: str) -> bool:
    return any(_STRICT.match(line) for line in text[:20_000].split("\n"))


def _read(text: str, findings: Findings, *, comments: bool) -> list[Utterance]:
    cues = list(_cues(text.split("\n"), findings, comments=comments))
    if not any(cue.start is not None for cue in cues):
        raise UnreadableTranscript("No cue with a readable time was found.", line=1, hint=EXPECTED)
    labels = Labels.of(line for cue in cues for line in cue.text)
    utterances = []
    for cue in cues:
        spoken = list(_utterances(cue, labels))
        if not spoken:
            findings.note("empty_cues", cue.line)
        utterances += spoken
    return joined(_speakers_carried_on(utterances, findings), same_sentence)


def _cues(lines: list[str], findings: Findings, *, comments: bool) -> Iterator[_Cue]:
    """One cue for each timing line, and one without times for each block of text outside."""
    cue: _Cue | None = None
    in_comment = False
    for index, line in enumerate(lines):
        number, words = index + 1, line.strip()
        timing = _timing(line)
        if timing:
            if cue:
                yield cue
            cue, in_comment = _Cue(number, *timing), False
            if not _STRICT.match(line):
                findings.note("bad_timing_line", number)
        elif not words:
            in_comment = False
            if cue and (cue.text or not _text_follows(lines, index)):
                yield cue
                cue = None
        elif (
            in_comment
            or (number == 1 and words.startswith("WEBVTT"))
            or (cue is None and number < 10 and _header(words))
        ):
            continue
        elif comments and cue is None and _COMMENT.match(words):
            in_comment = True
            findings.note("notes_skipped", number)
        elif index + 1 < len(lines) and _timing(lines[index + 1]) and _is_cue_name(words, inside=cue is not None):
            continue
        else:
            if cue is None:
                cue = _Cue(number)
                findings.note("text_outside_cues", number)
            cue.text.append(words)
    if cue:
        yield cue


def _header(words: str) -> bool:
    return bool(re.match(r"(?:Kind|Language|X-TIMESTAMP-MAP)\s?[:=]", words))


def _text_follows(lines: list[str], index: int) -> bool:
    """A blank line between a timing line and its text, as some exports have it."""
    after = lines[index + 1].strip() if index + 1 < len(lines) else ""
    if not after or _timing(after) or _COMMENT.match(after):
        return False
    return not (index + 2 < len(lines) and _timing(lines[index + 2]))


def _is_cue_name(words: str, *, inside: bool) -> bool:
    """The line before a timing line: a number, or after a blank line an id, which has no space and some figure."""
    return words.isdecimal() or (
        not inside and " " not in words and any(sign.isdigit() or sign in "-_/" for sign in words)
    )


def _timing(line: str) -> tuple[float | None, float | None] | None:
    """Start and end where an arrow stands between times; (None, None) for a timing line that cannot be read."""
    if match := _STRICT.match(line):
        return clock_seconds(match[1]), clock_seconds(match[2])
    arrow = _ARROW.search(line[:60])
    if not arrow:
        return None
    before, after = line[: arrow.start()], line[arrow.end() :].split(" ", 1)[0]
    if clock_seconds(before) is None and not ("-->" in arrow[0] or _STARTS_LIKE_A_TIME.fullmatch(before)):
        return None
    if "-->" in arrow[0] and not any(letter.isdigit() for letter in before[:3] + after[:3]):
        return None  # an arrow in somebody's sentence
    return clock_seconds(before), clock_seconds(after)


def _utterances(cue: _Cue, labels: Labels) -> Iterator[Utterance]:
    """What each speaker says in the cue, its time shared out by length."""
    said = [(speaker, words) for speaker, words in _said(cue, labels) if words]
    letters = sum(len(words) for _, words in said)
    span = None if cue.start is None or cue.end is None else cue.end - cue.start
    passed = 0
    for index, (speaker, words) in enumerate(said):
        start = cue.start if index == 0 or span is None or cue.start is None else cue.start + span * passed / letters
        passed += len(words)
        end = (
            cue.end
            if index == len(said) - 1 or span is None or cue.start is None
            else cue.start + span * passed / letters
        )
        yield Utterance(words, speaker, start, end, line=cue.line)


def _said(cue: _Cue, labels: Labels) -> list[tuple[str, str]]:
    whole = " ".join(cue.text)
    if _VOICE.search(whole):
        parts = _VOICE.split(_VOICE_END.sub(" ", whole))
        named = [
            (html.unescape(name).strip(), words.strip()) for name, words in zip(parts[1::2], parts[2::2], strict=True)
        ]
        return [("", parts[0].strip()), *named]
    said: list[tuple[str, list[str]]] = []
    for line in cue.text:
        labelled = labels.split(line)
        if labelled.label or not said:
            said.append((labelled.label, [labelled.rest]))
        else:
            said[-1][1].append(line)
    return [(speaker, " ".join(pieces).strip()) for speaker, pieces in said]


def _speakers_carried_on(utterances: list[Utterance], findings: Findings) -> list[Utterance]:
    """Files that name the speaker only where it changes: who spoke last goes on."""
    speaker = ""
    carried = []
    for utterance in utterances:
        if not utterance.speaker and speaker:
            findings.note("speaker_carried_on", utterance.line)
        speaker = utterance.speaker or speaker
        carried.append(replace(utterance, speaker=speaker))
    return carried
