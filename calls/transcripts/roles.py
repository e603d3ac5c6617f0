"""Who is rep, who is customer: from the words by which a file names its speakers, from names given, or guessed."""

import re
from collections.abc import Collection, Iterable, Mapping

from calls.transcripts.findings import Findings
from calls.transcripts.turns import UNKNOWN_SPEAKER, Role
from calls.transcripts.utterances import Utterance
from calls.transcripts.vocabulary import words

WORDS: Mapping[Role, frozenset[str]] = {
    "rep": frozenset(
        words(
            "rep representative agent seller sales salesperson salesman saleswoman salesrep advisor adviser host "
            "assistant ae sdr bdr csm consultant account_executive account_manager internal success service care "
            "vendor broker closer support employee staff me verkäufer verkäuferin berater beraterin vendedor vendedora "
            "vendeur vendeuse commercial conseiller venditore"
        )
    ),
    "customer": frozenset(
        words(
            "customer client buyer caller prospect lead user guest purchaser shopper consumer contact external human "
            "callee interessent kunde kundin käufer cliente comprador compradora acheteur acheteuse klant "
            "acquirente them"
        )
    ),
    "other": frozenset(
        words(
            "other system operator ivr bot voicemail recording recorder interpreter translator moderator narrator "
            "announcer music tool function developer receptionist unknown unidentified"
        )
    ),
}
ROLE_OF: Mapping[str, Role] = {word: role for role, words in WORDS.items() for word in words}
_SPLIT = re.compile(r"[\W_]+|(?<=[^\W\d_])(?=\d)")
_NUMBERED = re.compile(r"^(.*?)[\s_#-]*(?:\d{1,3}|[a-z])?$")


def known_role(label: str) -> Role | None:
    """The role that a speaker's label says in words, such as "Agent 2" or "Jane (Sales)"; None if it says none."""
    whole = "_".join(part for part in _SPLIT.split(label.casefold()) if part)
    if whole in ROLE_OF:
        return ROLE_OF[whole]
    found = {ROLE_OF[word] for word in whole.split("_") if word in ROLE_OF and word not in ("me", "them")}
    # "customer support" and "sales contact" say two roles: the rep's is the one that tells.
    return next((role for role in ("rep", "customer", "other") if role in found), None)


def roles_of(
    utterances: Iterable[Utterance],
    findings: Findings,
    *,
    rep_names: Collection[str] = (),
    given: Mapping[str, Role] | None = None,
) -> dict[tuple[str, str], Role]:
    """The role of each (speaker, role word) of the file.

    In this order: the caller's mapping, the file's own role word, the names of reps, words in the label. Of those
    left over, everybody is customer once a rep is known; a single one is rep once a customer is known. Otherwise the
    first to speak is taken for the rep, the rest for customers, and `roles_guessed` is noted.
    """
    speakers = list(dict.fromkeys((utterance.speaker, utterance.role) for utterance in utterances))
    say_nothing = _numbered_alike([label for label, _ in speakers if label])
    names = {_name_key(name) for name in rep_names} - {""}
    roles: dict[tuple[str, str], Role] = {}
    for label, word in speakers:
        role = (given or {}).get(label) or known_role(word) or _by_name(label, names)
        if not role and not say_nothing:
            role = known_role(label)
        if not role and label in ("", UNKNOWN_SPEAKER):
            role = "other"
        if role:
            roles[label, word] = role
    _settle_rest([speaker for speaker in speakers if speaker not in roles], roles, findings)
    return roles


def _settle_rest(rest: list[tuple[str, str]], roles: dict[tuple[str, str], Role], findings: Findings) -> None:
    known = set(roles.values())
    if not rest:
        return
    if "rep" not in known:
        if "customer" not in known or len(rest) > 1:
            findings.note("roles_guessed", count=len(rest))
        roles[rest[0]] = "rep"
    for speaker in rest:
        roles.setdefault(speaker, "customer")


def _numbered_alike(labels: list[str]) -> bool:
    """All speakers bear one word and a number ("agent_1", "agent_2"): the word tells nobody apart."""
    stems = {_NUMBERED.sub(r"\1", label.casefold()[:100]) for label in labels}
    return len(labels) > 1 and len(stems) == 1


def _name_key(name: str) -> str:
    """A name or address by which two spellings of one person meet: `Jane Doe`, `doe, jane`, `jane.doe@…`."""
    return " ".join(sorted(part for part in _SPLIT.split(name.casefold().partition("@")[0]) if part))


def _by_name(label: str, names: set[str]) -> Role | None:
    bare = re.sub(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]", " ", label)
    return "rep" if names & {_name_key(label), _name_key(bare)} else None
