"""Reads transcripts as sales tools export them: Dynamics 365 fragments, HubSpot utterances, Gong monologues."""

from collections.abc import Iterable
from typing import Any

from calls.transcripts.findings import Findings
from calls.transcripts.json_shapes import Entry, dicts, entries_of, first_of, name_of, sample, text_of
from calls.transcripts.times import noted_seconds
from calls.transcripts.utterances import Utterance, joined, same_named_speaker

MILLISECONDS = 1000


def is_dynamics(document: Any) -> bool:
    return any(
        "text" in entry and "offset" in entry and {"participantId", "duration"} & set(entry)
        for entry in sample(document)
    )


def read_dynamics(document: Any, findings: Findings) -> list[Utterance]:
    participants = {str(entry.get("id")): entry for entry in dicts(_list(document, "participants"))}
    utterances = []
    for entry in _objects(entries_of(document), findings):
        start = noted_seconds(entry.get("offset"), findings, per_second=MILLISECONDS)
        duration = noted_seconds(entry.get("duration"), findings, per_second=MILLISECONDS)
        end = None if start is None or duration is None else start + duration
        known = participants.get(str(entry.get("participantId")), {})
        named = first_of(entry, ("participantName", "speaker")) or known.get("displayName")
        speaker = name_of(named or entry.get("participantId"))
        role = _role(entry) or _role(known)
        utterances.append(Utterance(text_of(entry.get("text"), findings), speaker, start, end, role))
    return utterances


def is_hubspot(document: Any) -> bool:
    return any("text" in entry and {"startTimeMillis", "languageCode"} & set(entry) for entry in sample(document))


def read_hubspot(document: Any, findings: Findings) -> list[Utterance]:
    utterances = []
    for entry in _objects(entries_of(document), findings):
        start = noted_seconds(entry.get("startTimeMillis"), findings, per_second=MILLISECONDS)
        end = noted_seconds(entry.get("endTimeMillis"), findings, per_second=MILLISECONDS)
        speaker = entry.get("speaker")
        role = _role(speaker) if isinstance(speaker, dict) else _role(entry)
        utterances.append(Utterance(text_of(entry.get("text"), findings), name_of(speaker), start, end, role))
    return utterances


def gong_calls(document: Any) -> list[tuple[str, list[Any]]]:
    """Each call in the file as id and monologues."""
    if isinstance(document, list):
        return [("", document)]
    if not isinstance(document, dict):
        return []
    calls = document.get("callTranscripts")
    if isinstance(calls, list):
        return [
            (str(call.get("callId") or ""), call["transcript"])
            for call in dicts(calls)
            if isinstance(call.get("transcript"), list)
        ]
    monologues = entries_of(document)
    return [(str(document.get("callId") or ""), monologues)] if monologues else []


def is_gong(document: Any) -> bool:
    if isinstance(document, dict) and isinstance(document.get("callTranscripts"), list):
        return True
    return any(isinstance(entry.get("sentences"), list) for entry in sample(document))


def read_gong(document: Any, findings: Findings) -> list[Utterance]:
    """The first call of the file; a change of topic alone starts no new turn."""
    parties = _gong_parties(document)
    calls = gong_calls(document)
    utterances = []
    for monologue in _objects(calls[0][1] if calls else [], findings):
        speaker_id = str(monologue.get("speakerId") or "")
        name, role = parties.get(speaker_id, ("", ""))
        speaker = name or name_of(first_of(monologue, ("speakerName", "speaker"))) or speaker_id
        for sentence in _objects(monologue.get("sentences"), findings):
            start = noted_seconds(sentence.get("start"), findings, per_second=MILLISECONDS)
            end = noted_seconds(sentence.get("end"), findings, per_second=MILLISECONDS)
            utterances.append(Utterance(text_of(sentence.get("text"), findings), speaker, start, end, role))
    return joined(utterances, same_named_speaker)


def _gong_parties(document: Any) -> dict[str, tuple[str, str]]:
    """Speaker id -> name and side, where the call's parties were exported along."""
    parties: dict[str, tuple[str, str]] = {}
    for party in dicts(_list(document, "parties") or _list(_dict(document, "call"), "parties")):
        affiliation = str(party.get("affiliation") or "")
        parties[str(party.get("speakerId") or "")] = (name_of(first_of(party, ("name", "emailAddress"))), affiliation)
    parties.pop("", None)
    return parties


def _list(document: Any, key: str) -> list[Any] | None:
    found = document.get(key) if isinstance(document, dict) else None
    return found if isinstance(found, list) else None


def _dict(document: Any, key: str) -> Any:
    return document.get(key) if isinstance(document, dict) else None


def _role(entry: Entry) -> str:
    role = first_of(entry, ("role", "participantRole", "type"))
    return role if isinstance(role, str) else ""


def _objects(entries: Any, findings: Findings) -> Iterable[Entry]:
    if not isinstance(entries, list):
        return
    for entry in entries:
        if isinstance(entry, dict):
            yield entry
        elif isinstance(entry, str):
            yield {"text": entry, "sentences": [{"text": entry}]}
        else:
            findings.note("entries_skipped")
