"""Reads what speech recognisers write: AWS Transcribe, Deepgram, AssemblyAI, Whisper."""

from collections.abc import Iterable, Iterator
from typing import Any

from calls.transcripts.findings import Findings
from calls.transcripts.json_shapes import Entry, dicts, first_of, name_of, text_of
from calls.transcripts.times import noted_seconds, seconds
from calls.transcripts.utterances import Utterance, joined, same_sentence, same_speaker

MILLISECONDS = 1000
SLOWEST_SPEECH = 20  # seconds a word; slower ones are milliseconds


def within(document: Any, *path: str) -> Any:
    """What lies at the path through objects and first list members; None where it ends early."""
    for key in path:
        if isinstance(document, list):
            document = document[0] if document else None
        document = document.get(key) if isinstance(document, dict) else None
    return document


def objects(found: Any) -> list[Entry]:
    return dicts(found) if isinstance(found, list) else []


def _times(
    entry: Entry, findings: Findings, start: str = "start", end: str = "end", per_second: float = 1
) -> tuple[float | None, float | None]:
    return (
        noted_seconds(entry.get(start), findings, per_second=per_second),
        noted_seconds(entry.get(end), findings, per_second=per_second),
    )


# AWS Transcribe ------------------------------------------------------------------------------------------------------


def is_aws(document: Any) -> bool:
    results = within(document, "results")
    return isinstance(results, dict) and bool(
        {"transcripts", "items", "audio_segments", "speaker_labels"} & set(results)
    )


def read_aws(document: Any, findings: Findings) -> list[Utterance]:
    results = within(document, "results")
    segments = objects(results.get("audio_segments"))
    if any(segment.get("speaker_label") for segment in segments):
        found = [_aws_segment(segment, findings) for segment in segments]
    else:
        found = list(_aws_words(results, findings))
    if not found:
        found = [Utterance(text_of(each.get("transcript"), findings)) for each in objects(results.get("transcripts"))]
    return joined(found, same_speaker)


def _aws_segment(segment: Entry, findings: Findings) -> Utterance:
    speaker = name_of(segment.get("speaker_label"))
    return Utterance(
        text_of(segment.get("transcript"), findings), speaker, *_times(segment, findings, "start_time", "end_time")
    )


def _aws_words(results: Entry, findings: Findings) -> Iterator[Utterance]:
    """One utterance for each word, punctuation on the word before."""
    speakers = {
        item.get("start_time"): item.get("speaker_label") or segment.get("speaker_label")
        for segment in objects(within(results, "speaker_labels", "segments"))
        for item in objects(segment.get("items"))
        if isinstance(item.get("start_time"), str | int | float)
    }
    pending: Utterance | None = None
    for item in objects(results.get("items")):
        words = text_of(within(item, "alternatives", "content"), findings)
        if item.get("type") == "punctuation" and pending:
            pending = Utterance(pending.text + words, pending.speaker, pending.start, pending.end)
            continue
        if pending:
            yield pending
        moment = item.get("start_time")
        label = first_of(item, ("speaker_label", "channel_label"))
        label = label or (speakers.get(moment) if isinstance(moment, str | int | float) else None)
        pending = Utterance(words, name_of(label), *_times(item, findings, "start_time", "end_time"))
    if pending:
        yield pending


def is_aws_analytics(document: Any) -> bool:
    """The output of AWS Call Analytics."""
    return any("ParticipantRole" in entry and "Content" in entry for entry in objects(within(document, "Transcript")))


def read_aws_analytics(document: Any, findings: Findings) -> list[Utterance]:
    return [
        Utterance(
            text_of(entry.get("Content"), findings),
            name_of(first_of(entry, ("ParticipantRole", "ParticipantId"))).capitalize(),
            *_times(entry, findings, "BeginOffsetMillis", "EndOffsetMillis", MILLISECONDS),
        )
        for entry in objects(within(document, "Transcript"))
    ]


# Deepgram ------------------------------------------------------------------------------------------------------------


def is_deepgram(document: Any) -> bool:
    results = within(document, "results")
    return isinstance(results, dict) and (
        isinstance(results.get("channels"), list) or isinstance(results.get("utterances"), list)
    )


def read_deepgram(document: Any, findings: Findings) -> list[Utterance]:
    results = within(document, "results")
    channels = objects(results.get("channels"))
    said = objects(results.get("utterances"))
    if said:
        many = len({seconds(each.get("channel")) for each in said}) > 1
        return [
            _deepgram(each, findings, "transcript", each.get("channel") if many else each.get("speaker"))
            for each in said
        ]
    words: list[Utterance] = []
    for number, channel in enumerate(channels):
        alternative = within(channel, "alternatives")
        alternative = alternative[0] if isinstance(alternative, list) and alternative else {}
        spoken = objects(within(alternative, "words"))
        for word in spoken:
            words.append(
                _deepgram(word, findings, "punctuated_word", number if len(channels) > 1 else word.get("speaker"))
            )
        if not spoken:
            text = text_of(within(alternative, "transcript"), findings)
            words.append(Utterance(text, name_of(number) if len(channels) > 1 else ""))
    if len(channels) > 1:
        words.sort(key=lambda word: word.start or 0.0)
    return joined(words, same_speaker)


def _deepgram(entry: Entry, findings: Findings, text_key: str, speaker: Any) -> Utterance:
    words = text_of(first_of(entry, (text_key, "word", "text")), findings)
    return Utterance(words, name_of(speaker), *_times(entry, findings))


# AssemblyAI ----------------------------------------------------------------------------------------------------------


def is_assemblyai(document: Any) -> bool:
    """Known by times in milliseconds, which no speech in seconds could have."""
    entries = _assemblyai_entries(document)
    if not isinstance(document, dict) or not any("text" in entry for entry in entries):
        return False
    if {"audio_duration", "acoustic_model", "language_model", "audio_url", "speech_model"} & set(document):
        return True
    return _in_milliseconds(entries[:50])


def _assemblyai_entries(document: Any) -> list[Entry]:
    return objects(within(document, "utterances")) or objects(within(document, "words"))


def _in_milliseconds(entries: Iterable[Entry]) -> bool:
    spoken = words = 0.0
    for entry in entries:
        start, end, text = entry.get("start"), entry.get("end"), entry.get("text")
        if not (isinstance(start, int) and isinstance(end, int) and isinstance(text, str)):
            return False
        spoken += float(seconds(end) or 0) - float(seconds(start) or 0)
        words += len(text.split())
    return spoken > SLOWEST_SPEECH * max(words, 1)


def read_assemblyai(document: Any, findings: Findings) -> list[Utterance]:
    found = [
        Utterance(
            text_of(entry.get("text"), findings),
            name_of(entry.get("speaker")),
            *_times(entry, findings, per_second=MILLISECONDS),
        )
        for entry in _assemblyai_entries(document)
    ]
    return found if objects(within(document, "utterances")) else joined(found, same_speaker)


# Whisper -------------------------------------------------------------------------------------------------------------


def is_whisper(document: Any) -> bool:
    return any("text" in entry for entry in _whisper_segments(document))


def _whisper_segments(document: Any) -> list[Entry]:
    return objects(within(document, "segments")) or objects(within(document, "transcription"))


def read_whisper(document: Any, findings: Findings) -> list[Utterance]:
    """Segments as they are; with speakers (WhisperX), a sentence that runs on is one turn."""
    return joined((_whisper(segment, findings) for segment in _whisper_segments(document)), same_sentence)


def _whisper(segment: Entry, findings: Findings) -> Utterance:
    text, speaker = (
        text_of(segment.get("text"), findings),
        name_of(first_of(segment, ("speaker", "speaker_id", "speaker_label"))),
    )
    offsets = segment.get("offsets")
    if isinstance(offsets, dict):  # whisper.cpp
        return Utterance(text, speaker, *_times(offsets, findings, "from", "to", MILLISECONDS))
    return Utterance(text, speaker, *_times(segment, findings))
