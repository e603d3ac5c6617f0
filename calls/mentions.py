"""Who is named in a text by "@" and user name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calls.people import User
from calls.transcripts.redaction import redact

BEFORE = r"(?<![\w@.+-])@"
NAME = re.compile(rf"{BEFORE}([\w@.+-]+)")
LAST = ".+-@"  # a user name may end in these, but so does a sentence


@dataclass(frozen=True)
class Named:
    people: Mapping[str, User]  # by the name as it is written
    unknown: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return sorted({person.username for person in self.people.values()})


def named_in(text: str, people: Iterable[User]) -> Named:
    """ "@rita." is rita, unless somebody is called "rita."; capital letters do not matter."""
    written = list(dict.fromkeys(NAME.findall(text)))
    known = {person.username.casefold(): person for person in people} if written else {}
    found, unknown = {}, []
    for name in written:
        spelt = next((each for each in (name, name.rstrip(LAST)) if each.casefold() in known), "")
        if spelt:
            found[spelt] = known[spelt.casefold()]
        elif bare := name.rstrip(LAST):
            unknown.append(bare)
    return Named(found, tuple(unknown))


def pieces(text: str, names: Iterable[str]) -> list[tuple[str, bool]]:
    """The text in parts that name one of these people, or do not."""
    longest_first = sorted(names, key=len, reverse=True)
    if not longest_first:
        return [(text, False)]
    split = re.split(rf"({BEFORE}(?:{'|'.join(map(re.escape, longest_first))})(?!\w))", text, flags=re.IGNORECASE)
    return [(part, place % 2 == 1) for place, part in enumerate(split) if part]


def redacted(text: str, names: Iterable[str]) -> str:
    """Without what names or reaches anybody but these people, whose user names may look like addresses."""
    return "".join(part if is_name else redact(part) for part, is_name in pieces(text, names))
