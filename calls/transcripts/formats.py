"""The table of transcript formats: the test by which each is known, and its reader. The first that fits reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from calls.transcripts import crm_exports, json_turns, speech_to_text, subtitles, tabular
from calls.transcripts.findings import Findings
from calls.transcripts.plain_text import read_plain
from calls.transcripts.utterances import Utterance

Source = TypeVar("Source")


@dataclass(frozen=True)
class Format(Generic[Source]):
    name: str
    fits: Callable[[Source], bool]
    read: Callable[[Source, Findings], list[Utterance]]
    endings: tuple[str, ...] = ()  # of file names that promise this format


JSON_FORMATS: tuple[Format[Any], ...] = (
    Format("gong", crm_exports.is_gong, crm_exports.read_gong),
    Format("deepgram", speech_to_text.is_deepgram, speech_to_text.read_deepgram),
    Format("aws_transcribe", speech_to_text.is_aws, speech_to_text.read_aws),
    Format("aws_call_analytics", speech_to_text.is_aws_analytics, speech_to_text.read_aws_analytics),
    Format("hubspot", crm_exports.is_hubspot, crm_exports.read_hubspot),
    Format("dynamics", crm_exports.is_dynamics, crm_exports.read_dynamics),
    Format("assemblyai", speech_to_text.is_assemblyai, speech_to_text.read_assemblyai),
    Format("whisper", speech_to_text.is_whisper, speech_to_text.read_whisper),
    Format("role_content", json_turns.is_role_content, json_turns.read_turn_list),
    Format("json", json_turns.is_turns, json_turns.read_turn_list),
)

TEXT_FORMATS: tuple[Format[str], ...] = (
    Format("vtt", lambda text: text.lstrip()[:6] == "WEBVTT", subtitles.read_vtt, (".vtt", ".webvtt")),
    Format("srt", subtitles.looks_like_cues, subtitles.read_srt, (".srt", ".sbv")),
    Format("plain", lambda text: True, read_plain),
)

TABLE_ENDINGS = (".csv", ".tsv")
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")


def is_table(text: str, name: str) -> bool:
    return tabular.looks_like_table(text) or name.casefold().endswith(TABLE_ENDINGS)


def json_format(document: Any) -> Format[Any] | None:
    return next((each for each in JSON_FORMATS if each.fits(document)), None)


def text_format(text: str, name: str) -> Format[str]:
    """By content; by the ending of the name where the content does not tell."""
    ending = name.casefold()
    for each in TEXT_FORMATS[:-1]:
        if each.fits(text):
            promised = next((other for other in TEXT_FORMATS if other.endings and ending.endswith(other.endings)), each)
            return promised if each.name == "srt" else each  # cues alone do not tell VTT from SRT
    return next((each for each in TEXT_FORMATS if each.endings and ending.endswith(each.endings)), TEXT_FORMATS[-1])
