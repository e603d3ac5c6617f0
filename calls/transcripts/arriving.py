"""Reads turns of a conversation that still goes on, some at a time: who spoke is remembered from those before."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from calls.transcripts.assembly import shown_names, storable
from calls.transcripts.findings import Findings
from calls.transcripts.json_turns import strict_turns
from calls.transcripts.roles import known_role, roles_of
from calls.transcripts.times import with_possible_times
from calls.transcripts.turns import Role, Turn
from calls.transcripts.utterances import Utterance


class Speaker(NamedTuple):
    name: str  # to show
    role: Role


def arrived(
    sent: list[Any],
    known: Mapping[str, Speaker],
    *,
    sign: Callable[[str], str],
    rep_names: Collection[str] = (),
) -> tuple[list[Turn], dict[str, Speaker]]:
    """One turn for each that was sent, also for one without words, and the speakers known by now.

    `sign` turns a speaker's label, which can be a telephone number, into what it is remembered by.
    Raises UnreadableTranscript as `read_turns` does.
    """
    findings = Findings()
    new = with_possible_times([storable(each, findings) for each in strict_turns(sent, findings)], findings)
    signs = [sign(each.speaker) for each in new]
    told = [of_known(each, known.get(its)) for each, its in zip(new, signs, strict=True)]
    before = [Utterance("", speaker.name, role=speaker.role) for speaker in known.values()]
    names = shown_names([*before, *told], findings)
    roles = roles_of([*before, *told], findings, rep_names=rep_names)
    turns = [
        Turn(names[each.speaker], roles[each.speaker, each.role], each.text, each.start, each.end) for each in told
    ]
    speakers = dict(known)
    for its, turn in zip(signs, turns, strict=True):
        speakers.setdefault(its, Speaker(turn.speaker, turn.role))
    return turns, speakers


def of_known(utterance: Utterance, speaker: Speaker | None) -> Utterance:
    """By the name and role that the speaker had before; a role that is sent in words goes before it."""
    if speaker is None:
        return utterance
    role = utterance.role if known_role(utterance.role) else speaker.role
    return replace(utterance, speaker=speaker.name, role=role)
