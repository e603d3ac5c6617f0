"""The last step of every reader: utterances become turns with possible times, roles, and names that can be shown."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from calls.transcripts.cleaning import clean
from calls.transcripts.findings import Findings
from calls.transcripts.redaction import redact
from calls.transcripts.roles import roles_of
from calls.transcripts.times import with_possible_times
from calls.transcripts.turns import UNKNOWN_SPEAKER, Role, Transcript, Turn, UnreadableTranscript
from calls.transcripts.utterances import Utterance

LONGEST_NAME = 100
_BROKEN = re.compile("[\ud800-\udfff]")
_OPAQUE_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{16,}", re.IGNORECASE)
_MARK = re.compile(r"[\[(<]?\[[A-Z]{2,10}\][\])>]?")


@dataclass(frozen=True)
class Options:
    """What a caller may say about a transcript."""

    rep_names: Collection[str] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)  # speaker as in the file -> role
    max_turns: int = 20_000


def assembled(
    utterances: list[Utterance],
    findings: Findings,
    options: Options,
    *,
    kind: str,
    language: str = "",
    conversation: str = "",
) -> Transcript:
    """UnreadableTranscript if nothing was said or more than `max_turns` turns are left."""
    spoken = []
    for utterance in utterances:
        kept = storable(utterance, findings)
        if kept.text:
            spoken.append(kept)
        else:
            findings.note("empty_turns", utterance.line)
    if not spoken:
        raise UnreadableTranscript("No turn with words was found.", hint="Expected at least one speaker saying words.")
    if len(spoken) > options.max_turns:
        message = f"The transcript has {len(spoken):,} turns; at most {options.max_turns:,} are accepted."
        raise UnreadableTranscript(message, hint="Split it, or ask an admin to raise the limit.")
    spoken = with_possible_times(spoken, findings)
    _note_unnamed(spoken, findings)
    roles = roles_of(spoken, findings, rep_names=options.rep_names, given=options.roles)
    names = shown_names(spoken, findings)
    turns = tuple(
        Turn(names[each.speaker], roles[each.speaker, each.role], each.text, each.start, each.end) for each in spoken
    )
    return Transcript(turns, findings.warnings(), kind, language[:35], conversation)


def storable(utterance: Utterance, findings: Findings) -> Utterance:
    """Without the characters that a database refuses."""
    text, speaker = utterance.text, utterance.speaker
    if nuls := text.count("\0") + speaker.count("\0"):
        findings.note("nul_removed", utterance.line, count=nuls)
        text, speaker = text.replace("\0", ""), speaker.replace("\0", "")
    if _BROKEN.search(text) or _BROKEN.search(speaker):
        findings.note("broken_characters", utterance.line)
        text, speaker = _BROKEN.sub("", text), _BROKEN.sub("", speaker)
    return replace(utterance, text=text.strip(), speaker=speaker.strip())


def _note_unnamed(spoken: list[Utterance], findings: Findings) -> None:
    named = {each.speaker for each in spoken if each.speaker}
    unnamed = sum(not each.speaker for each in spoken)
    if not named:
        findings.note("no_speakers")
    else:
        first = next((each.line for each in spoken if not each.speaker), None)
        findings.note("unattributed_text", first, count=unnamed)
        if len(named) == 1:
            findings.note("one_speaker")


def shown_names(spoken: list[Utterance], findings: Findings) -> dict[str, str]:
    """Label -> name to show: ids, telephone numbers and addresses, which redaction would make alike, get numbers."""
    labels = dict.fromkeys(each.speaker for each in spoken)
    names = {label: _shown(label) for label in labels}
    taken = {name.casefold() for name in names.values() if name}
    number = 0
    for label, name in names.items():
        if name:
            continue
        number += 1
        while f"speaker {number}" in taken:
            number += 1
        names[label] = f"Speaker {number}"
        findings.note("speakers_renamed")
    return names


def _shown(label: str) -> str:
    if not label:
        return UNKNOWN_SPEAKER
    if _OPAQUE_ID.fullmatch(label):
        return ""
    name = clean(label[:1000])
    redacted = redact(name)
    if redacted != name:
        name = _MARK.sub(" ", redacted)
    name = " ".join(name.split())[:LONGEST_NAME]
    return name if any(letter.isalnum() for letter in name) else ""
