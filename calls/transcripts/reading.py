"""The ways in: bytes, text or a list of turns become a Transcript, or UnreadableTranscript says why not."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from calls.transcripts import crm_exports, json_shapes, json_turns, tabular
from calls.transcripts.assembly import Options, assembled
from calls.transcripts.decoding import EXPECTED, decoded, tidy
from calls.transcripts.findings import Findings
from calls.transcripts.formats import JSON_ENDINGS, is_table, json_format, text_format
from calls.transcripts.turns import ParseWarning, Role, Transcript, UnreadableTranscript

MAX_TURNS = 20_000


def read(
    content: bytes,
    name: str = "",
    *,
    rep_names: Collection[str] = (),
    roles: Mapping[str, Role] | None = None,
    max_turns: int = MAX_TURNS,
) -> Transcript:
    """One conversation from a file. `roles` maps speakers as the file names them and goes before any guess."""
    findings = Findings()
    text = decoded(content, findings)
    return _one(_transcripts(text, name, findings, Options(rep_names, roles or {}, max_turns)))


def read_text(
    text: str,
    name: str = "",
    *,
    rep_names: Collection[str] = (),
    roles: Mapping[str, Role] | None = None,
    max_turns: int = MAX_TURNS,
) -> Transcript:
    """As `read`, of text that is decoded already."""
    findings = Findings()
    return _one(_transcripts(tidy(text, findings), name, findings, Options(rep_names, roles or {}, max_turns)))


def read_document(
    document: Any,
    *,
    rep_names: Collection[str] = (),
    roles: Mapping[str, Role] | None = None,
    max_turns: int = MAX_TURNS,
) -> Transcript:
    """As `read`, of JSON that is loaded already."""
    return _one(_from_json(document, Findings(), Options(rep_names, roles or {}, max_turns)))


def load_json(content: bytes) -> Any:
    """What a JSON file holds, or a list of what its lines hold; None if it is no sound JSON."""
    findings = Findings()
    try:
        text = decoded(content, findings)
        return json_shapes.loaded(text) if json_shapes.looks_like_json(text) else None
    except UnreadableTranscript:
        return None


def read_turns(
    turns: list[Any],
    *,
    rep_names: Collection[str] = (),
    roles: Mapping[str, Role] | None = None,
    max_turns: int = MAX_TURNS,
) -> Transcript:
    """Turns as `{"speaker", "text", "start", "end"}`, also "role"; an error names its field, as in `turns[3].text`."""
    findings = Findings()
    utterances = json_turns.strict_turns(turns, findings)
    transcript = assembled(utterances, findings, Options(rep_names, roles or {}, max_turns), kind="turns")
    return replace(transcript, warnings=tuple(map(_by_turn, transcript.warnings)))


def _by_turn(warning: ParseWarning) -> ParseWarning:
    """Turns that a program sends have no lines: the place is named like the field of an error."""
    if warning.line is None:
        return warning
    return replace(warning, message=f"{warning.message} First in turns[{warning.line - 1}].", line=None)


def read_rows(
    content: bytes,
    name: str = "",
    *,
    rep_names: Collection[str] = (),
    roles: Mapping[str, Role] | None = None,
    max_turns: int = MAX_TURNS,
) -> list[Transcript]:
    """All conversations of a file, as tables and Gong exports can hold several; each has its `conversation`."""
    findings = Findings()
    text = decoded(content, findings)
    return _transcripts(text, name, findings, Options(rep_names, roles or {}, max_turns))


def _one(transcripts: list[Transcript]) -> Transcript:
    if len(transcripts) > 1:
        message = f"The file holds {len(transcripts):,} conversations; expected one."
        raise UnreadableTranscript(message, hint="Split it, or import it with manage.py import_calls.")
    return transcripts[0]


def _transcripts(text: str, name: str, findings: Findings, options: Options) -> list[Transcript]:
    if json_shapes.looks_like_json(text) or name.casefold().endswith(JSON_ENDINGS):
        return _from_json(json_shapes.loaded(text), findings, options)
    if is_table(text, name):
        return _from_table(text, findings, options)
    chosen = text_format(text, name)
    return [assembled(chosen.read(text, findings), findings, options, kind=chosen.name)]


def _from_table(text: str, findings: Findings, options: Options) -> list[Transcript]:
    conversations = tabular.read_table(text, findings)
    if len(conversations) < 2:
        utterances = next(iter(conversations.values()), [])
        return [assembled(utterances, findings, options, kind="csv", conversation="".join(conversations))]
    of_file = findings.warnings()
    return [
        assembled(utterances, Findings(of_file), options, kind="csv", conversation=conversation)
        for conversation, utterances in conversations.items()
    ]


def _from_json(document: Any, findings: Findings, options: Options) -> list[Transcript]:
    conversations = json_turns.conversations_of(document)
    if conversations:
        of_file = findings.warnings()
        return [
            assembled(json_turns.read_turn_list(each, own), own, options, kind="json", conversation=conversation)
            for conversation, each in conversations
            for own in [Findings(of_file)]
        ]
    if text := json_turns.text_inside(document):
        return [assembled(text_format(text, "").read(text, findings), findings, options, kind="json")]
    chosen = json_format(document)
    if chosen is None:
        hint = 'Expected {"turns": [{"speaker": …, "text": …}, …]} or the export of a known tool. ' + EXPECTED
        raise UnreadableTranscript("This JSON is no transcript in a known format.", hint=hint)
    language = json_shapes.language_of(document)
    calls = crm_exports.gong_calls(document) if chosen.name == "gong" else []
    if len(calls) < 2:
        conversation = calls[0][0] if calls else ""
        utterances = chosen.read(document, findings)
        return [
            assembled(utterances, findings, options, kind=chosen.name, language=language, conversation=conversation)
        ]
    return [
        _gong_call(document, monologues, call_id, Findings(findings.warnings()), options)
        for call_id, monologues in calls
    ]


def _gong_call(document: Any, monologues: list[Any], call_id: str, findings: Findings, options: Options) -> Transcript:
    alone = {**document, "callTranscripts": [{"callId": call_id, "transcript": monologues}]}
    return assembled(crm_exports.read_gong(alone, findings), findings, options, kind="gong", conversation=call_id)
